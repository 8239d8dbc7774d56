import type { CallTokens } from '../../domain/call-token.ts'
import type { FindKey, Prove } from './proof.ts'

/** A call token came: it must be ours and in time. What it binds is seen once the numbers are read. */
export function proveByToken(findKey: FindKey, tokens: CallTokens): Prove<'token'> {
  return async (presented) => {
    const token = await tokens.verify(presented.token)
    if (!token) return { proven: false, detail: 'token_invalid' }
    const key = await findKey(token.keyId)
    return key ? { proven: true, key, token } : { proven: false, detail: 'key_unknown' }
  }
}
