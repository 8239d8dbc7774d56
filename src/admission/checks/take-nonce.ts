import type { DigestAuth } from '../../keys/digest.ts'
import type { Limiter } from '../../store/port.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, found, pass, stop } from '../check.ts'

interface TakeNonceSettings extends StorePatience {
  readonly leaseMs: number
}

/** The answer to the challenge has not been used at any gate: who has recorded one cannot use it again. */
export function takeNonce(
  limiter: Pick<Limiter, 'take'>,
  settings: TakeNonceSettings,
  digest: DigestAuth | undefined,
): Check {
  return {
    name: 'nonce',
    run: async (dossier) => {
      const { answered, attempt } = dossier
      if (!answered) return pass({ shared: false })
      const { id: tenantId } = found(dossier.tenant, 'the tenant')
      const { id: keyId } = found(dossier.key, 'the key')
      const { id, endsAtMs } = answered
      const taken = await askStore(settings, () =>
        limiter.take({
          callId: attempt.id,
          part: 'admission',
          home: { level: 'tenant', id: tenantId },
          claims: [
            {
              kind: 'use',
              owner: { level: 'key', id: keyId },
              what: 'nonce',
              id,
              usesMax: 1,
              endsAtMs,
            },
          ],
          leaseMs: settings.leaseMs,
          whenLost: 'refuse',
        }),
      )
      if (taken.taken) return pass({ shared: true })
      const challenges = digest?.challenges(true)
      return stop('credentials_stale', {}, { detail: 'nonce_replayed', challenges })
    },
  }
}
