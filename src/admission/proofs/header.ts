import { proveKey } from '../../keys/prove.ts'
import type { FindKey, Prove } from './proof.ts'

/** The key itself came: its secret must be right. */
export function proveByHeader(findKey: FindKey): Prove<'header'> {
  return async ({ publicId, mode, secret }, { nowMs }) => {
    const key = await findKey(publicId)
    const proven = proveKey(secret, key, nowMs)
    if (key && proven && key.mode === mode) return { proven: true, key }
    return { proven: false, detail: key ? 'secret_wrong' : 'key_unknown' }
  }
}
