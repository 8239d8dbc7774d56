import { z } from 'zod'
import { divertedCalls, foreignCallerIds, withheldCallerIds } from '../domain/policy.ts'
import * as type from './types.ts'

/** Variables of ours are settings, and no setting is a tenant's key. */
const variable = z
  .string('must be text')
  .regex(/^(?!TOLLGATE_)[A-Z][A-Z0-9_]{0,99}$/, 'must be the name of a variable, not TOLLGATE_...')

/** What signs a tenant's calls in place of the operator's certificate. */
export const tenantIdentity = z
  .strictObject({
    certificate: type.text(1000).describe('PEM file with the certificate and the chain below it.'),
    key: type.text(1000).optional().describe('PEM file with the private key.'),
    keyVariable: variable
      .optional()
      .describe('Instead: the environment variable that holds the key.'),
  })
  .refine(({ key, keyVariable }) => (key === undefined) !== (keyVariable === undefined), {
    message: 'needs either key or keyVariable',
  })
  .optional()
  .describe(
    "A certificate of its own that signs its calls: `certificate` (PEM file, the chain below it), `key` (PEM file) or `keyVariable` (name of the environment variable that holds the key); read again on SIGHUP. Without it, the operator's.",
  )

/** RFC 9795 5.1.1: text that is shown to people. */
const shown = z
  .string('must be text')
  .regex(/^[^\p{C}]{1,100}$/u, 'must be 1 to 100 characters that can be shown')

/** What callees are shown of a tenant. */
export const richCallData = z
  .strictObject({
    name: shown.describe('The name of who calls.'),
    iconUrl: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .max(500)
      .optional()
      .describe('The address of a picture, https.'),
    iconDigest: z
      .string('must be text')
      .regex(/^sha256-[A-Za-z0-9+/]{43}=$/, 'must be sha256- and the digest in base64')
      .optional()
      .describe('`sha256-` and the SHA-256 of the picture in base64.'),
    reason: z
      .union([type.oneOf(['from_subject']), shown])
      .optional()
      .describe('Why it calls: a text, or `from_subject` of each call.'),
    ppt: type
      .oneOf(['shaken', 'rcd'])
      .default('shaken')
      .describe('`shaken`: beside the other claims; `rcd`: in a PASSporT of its own.'),
  })
  .refine(({ iconUrl, iconDigest }) => (iconUrl === undefined) === (iconDigest === undefined), {
    message: 'needs iconUrl and iconDigest together',
  })
  .optional()
  .describe(
    'What callees are shown (RFC 9795), signed: `name`, `iconUrl` (https) with `iconDigest` (`sha256-` and the SHA-256 of the picture in base64), `reason` (why it calls: a text, or `from_subject` of each call), `ppt` (`shaken`: beside the other claims, or `rcd`: in a PASSporT of its own).',
  )

/** What a policy makes of the number that a call presents. */
export const callerTerms = {
  foreignCallerId: type
    .oneOf(foreignCallerIds)
    .default('refuse')
    .describe(
      "A caller ID that is not the tenant's: `refuse`, `attest_b` (attestation B), or `replace` by the tenant's first number.",
    ),
  withheldCallerId: type
    .oneOf(withheldCallerIds)
    .default('relay')
    .describe(
      "A caller ID that is kept from the callee: `refuse`; `relay` where a number is known; or `replace` by the tenant's first number where none is known.",
    ),
  divertedCalls: type
    .oneOf(divertedCalls)
    .default('ignore')
    .describe(
      "A call of somebody else that came to the tenant's number and that it passes on, as Diversion or History-Info says: `ignore`; or `verified`: if its Identity is verified, the caller ID stays, that Identity goes along, and the diversion is signed (RFC 8946).",
    ),
  traffic: type
    .oneOf(['customer', 'gateway'])
    .default('customer')
    .describe(
      "Whose calls they are: the tenant's (`customer`), or those of people unknown here (`gateway`), which get attestation C whatever the caller ID.",
    ),
}
