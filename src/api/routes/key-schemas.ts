import { z } from '../../config/zod.ts'
import { entryId, keyId, moment } from '../schemas.ts'

const cidr = z
  .union([z.cidrv4(), z.cidrv6()], 'must be a network such as 192.0.2.0/24')
  .describe('IPv4 or IPv6 network, CIDR.')
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case')

const networks = z
  .array(cidr)
  .max(100)
  .describe('Networks that the key works from; if empty, it works nowhere.')
const certificates = z
  .array(fingerprint)
  .max(20)
  .describe('SHA-256 of client certificates that stand for the key.')

/** A key as it is shown. */
export const keySchema = z.strictObject({
  id: keyId,
  tenant: entryId,
  policy: entryId,
  mode: z.enum(['live', 'test']),
  status: z.enum(['active', 'suspended', 'revoked']),
  expiresAt: moment.nullable(),
  allowedSources: z.array(z.string()),
  certificates: z.array(z.string()),
  digest: z.boolean().describe('Whether it has a digest password.'),
  previousUntil: moment
    .nullable()
    .describe('When the secret from before the last rotation stops working.'),
  lastUsedAt: moment.nullable(),
})

/** A key together with its text. */
export const shownKeySchema = keySchema.extend({
  key: z
    .string()
    .nullable()
    .describe('The key itself, shown this once; null in a repeated answer.'),
})

/** What a fresh key is to be. */
export const newKeySchema = z.strictObject({
  tenant: entryId
    .optional()
    .describe("The tenant that gets it; default for a tenant's key: its own."),
  policy: entryId,
  mode: z.enum(['live', 'test']).default('live'),
  expiresAt: moment.optional(),
  allowedSources: networks.min(1),
  certificates: certificates.default([]),
})

/** What may be changed of a key; what is left out stays. */
export const keyChangeSchema = z.strictObject({
  policy: entryId.optional(),
  expiresAt: moment.nullable().optional().describe('Null: it never expires.'),
  allowedSources: networks.optional(),
  certificates: certificates.optional(),
})

/** For how long the secret before goes on working. */
export const rotationSchema = z.strictObject({
  overlapS: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400)
    .describe('For how many seconds the present secret still works.'),
})
