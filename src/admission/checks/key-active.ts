import { type Check, found, pass, stop } from '../check.ts'

/** The key is neither suspended nor past its expiry. */
export function keyActive(): Check {
  return {
    name: 'key_active',
    run: (dossier) => {
      const { status, expiresAtMs } = found(dossier.key, 'the key')
      if (status !== 'active') return stop('key_suspended', { status })
      if (expiresAtMs === undefined) return pass({ status })
      const figures = { status, expiresAtMs }
      return expiresAtMs <= dossier.nowMs ? stop('key_expired', figures) : pass(figures)
    },
  }
}
