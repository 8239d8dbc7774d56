import { z } from 'zod'
import * as type from './types.ts'

/** A key of the operator's own, for the HTTP API alone. */
export const operatorEntry = z.strictObject({
  id: type.keyId.describe('The public id of the key, as `tollgate keys declare` prints it.'),
  status: type
    .oneOf(['active', 'suspended', 'revoked'])
    .default('active')
    .describe('`active`, `suspended`, `revoked`.'),
  expiresAt: type.moment.optional().describe('Moment from which it is refused.'),
  allowedSources: type
    .list(type.cidr)
    .describe('Networks it works from, CIDR; an empty list means nowhere.'),
  secretHash: type.secretHash.describe('`sha256:` and the hexadecimal SHA-256 of the secret part.'),
})
