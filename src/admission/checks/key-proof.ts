import { proveKey } from '../../keys/prove.ts'
import type { Directory } from '../../store/port.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** The key is known and its secret is right; which of the two is wrong shows in the audit alone. */
export function keyProof(directory: Directory, patience: StorePatience): Check {
  return {
    name: 'key_proof',
    run: async (dossier) => {
      const presented = found(dossier.presented, 'the presented key')
      const figures = { keyId: presented.publicId }
      const key = await askStore(patience, () => directory.findKey(presented.publicId))
      const proven = proveKey(presented.secret, key, dossier.nowMs)
      if (!key || !proven || key.mode !== presented.mode) {
        const detail = key ? 'secret_wrong' : 'key_unknown'
        return stop('credentials_invalid', figures, { detail })
      }
      dossier.key = key
      return pass(figures)
    },
  }
}
