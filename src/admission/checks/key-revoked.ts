import { type Check, found, pass, stop } from '../check.ts'

/** A revoked key is nobody's key any more: it does not even reach an emergency number. */
export function keyRevoked(): Check {
  return {
    name: 'key_revoked',
    run: ({ key }) => {
      return found(key, 'the key').status === 'revoked' ? stop('key_revoked') : pass()
    },
  }
}
