import type { Presented } from '../../keys/presented.ts'
import type { Directory } from '../../store/port.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, type Dossier, found, pass, stop } from '../check.ts'
import type { CredentialParts } from '../credential-parts.ts'
import { proveByCertificate } from '../proofs/certificate.ts'
import { proveByDigest } from '../proofs/digest.ts'
import { proveByHeader } from '../proofs/header.ts'
import type { FindKey, Proof } from '../proofs/proof.ts'
import { proveByToken } from '../proofs/token.ts'

/** The key is known and proven; which of the two it is not shows in the audit alone. */
export function keyProof(
  directory: Directory,
  patience: StorePatience,
  { method = 'INVITE', ...credentials }: CredentialParts & { readonly method?: string },
): Check {
  const findKey: FindKey = (id) => askStore(patience, () => directory.findKey(id))
  const prove = createProver(findKey, method, credentials)
  return {
    name: 'key_proof',
    run: async (dossier) => {
      const presented = found(dossier.presented, 'the presented key')
      const proof = await prove(presented, dossier)
      if (proof.proven) {
        dossier.key = proof.key
        dossier.token = proof.token
        dossier.answered = proof.answered
        return pass({ kind: presented.kind, keyId: proof.key.id })
      }
      const figures = {
        kind: presented.kind,
        ...('publicId' in presented ? { keyId: presented.publicId } : {}),
      }
      const { reason = 'credentials_invalid', detail } = proof
      const again =
        reason === 'credentials_missing' ? credentials.digest?.challenges(false) : undefined
      return stop(reason, figures, { detail, challenges: proof.challenges ?? again })
    },
  }
}

function createProver(
  findKey: FindKey,
  method: string,
  { digest, tokens, certificates }: CredentialParts,
) {
  const byHeader = proveByHeader(findKey)
  const byDigest = digest && proveByDigest(findKey, digest, method)
  const byToken = tokens && proveByToken(findKey, tokens)
  const byCertificate = certificates && proveByCertificate(findKey, certificates)
  return async (presented: Presented, dossier: Dossier): Promise<Proof> => {
    switch (presented.kind) {
      case 'header':
        return byHeader(presented, dossier)
      case 'digest':
        return byDigest?.(presented, dossier) ?? notHere
      case 'token':
        return byToken?.(presented, dossier) ?? notHere
      case 'certificate':
        return byCertificate?.(presented, dossier) ?? notHere
    }
  }
}

/** Such credentials are not even read here. */
const notHere: Proof = { proven: false, detail: 'kind_not_accepted' }
