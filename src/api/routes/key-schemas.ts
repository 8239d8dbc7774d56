import { entryTypes } from '../../config/declarations.ts'
import { z } from '../../config/zod.ts'
import { entryId, keyId, moment, saidOf } from '../schemas.ts'

/** What the file says of keys: the same holds of those that are made here. */
const declared = entryTypes.keys.shape

const cidr = z
  .union([z.cidrv4(), z.cidrv6()], 'must be a network such as 192.0.2.0/24')
  .describe('IPv4 or IPv6 network, CIDR.')
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case')

const networksHelp = saidOf(declared.allowedSources)
const networks = z.array(cidr).max(100).describe(networksHelp)
const certificatesHelp = saidOf(declared.certificates)
const certificates = z.array(fingerprint).max(20).describe(certificatesHelp)
const tenant = entryId.describe(saidOf(declared.tenant))
const policy = entryId.describe(saidOf(declared.policy))
const mode = z.enum(['live', 'test']).describe(saidOf(declared.mode))
const expiryHelp = saidOf(declared.expiresAt)
const expiresOrNot = moment.nullable().describe(`${expiryHelp} Null: it never expires.`)

/** A key as it is shown. */
export const keySchema = z.strictObject({
  id: keyId,
  tenant,
  policy,
  mode,
  status: z.enum(['active', 'suspended', 'revoked']).describe(saidOf(declared.status)),
  expiresAt: expiresOrNot,
  allowedSources: z.array(z.string()).describe(networksHelp),
  certificates: z.array(z.string()).describe(certificatesHelp),
  digest: z.boolean().describe('Whether it has a digest password.'),
  previousUntil: moment
    .nullable()
    .describe('When the secret from before the last rotation stops working. Null: there is none.'),
  lastUsedAt: moment.nullable().describe('When it was last used. Null: never yet.'),
})

/** A key together with its text. */
export const shownKeySchema = keySchema.extend({
  key: z
    .string()
    .nullable()
    .describe('The key itself, shown this once; null in a repeated answer.'),
})

/** What a fresh key is to be. */
export const newKeySchema = z
  .strictObject({
    tenant: entryId
      .optional()
      .describe("The tenant that gets it; default for a tenant's key: its own."),
    policy,
    mode: mode.default('live'),
    expiresAt: moment.optional().describe(expiryHelp),
    allowedSources: networks.min(1),
    certificates: certificates.default([]),
  })
  .meta({ examples: [{ policy: 'outbound', mode: 'test', allowedSources: ['192.0.2.0/24'] }] })

/** What may be changed of a key; what is left out stays. */
export const keyChangeSchema = z.strictObject({
  policy: policy.optional(),
  expiresAt: expiresOrNot.optional(),
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
