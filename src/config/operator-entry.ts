import { z } from 'zod'
import { keyTerms } from './key-terms.ts'
import * as type from './types.ts'

/** A key of the operator's own, for the HTTP API alone. */
export const operatorEntry = z.strictObject({
  id: type.keyId.describe('The public id of the key, as `tollgate keys declare` prints it.'),
  ...keyTerms,
  secretHash: type.secretHash.describe('`sha256:` and the hexadecimal SHA-256 of the secret part.'),
})
