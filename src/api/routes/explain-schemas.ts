import { z } from '../../config/zod.ts'
import { entryId, keyId } from '../schemas.ts'

/** Identity fields of one call, and characters of each: what a SIP message has room for. */
const identitiesMax = 9
const identityCharsMax = 8_192

const words = z.string().min(1).max(200)

/** A call that nobody has placed. */
export const question = z
  .strictObject({
    keyId: keyId.optional().describe('The key that would place it; default: the one that asks.'),
    carrierId: entryId
      .optional()
      .describe("In place of a key: the carrier that would bring it, to a tenant's number."),
    from: words.describe('Who would call: a number or a SIP URI.'),
    to: words.describe('Who would be called.'),
    callClass: words.optional().describe("As in X-Call-Class; only for a key's call."),
    source: words.optional().describe('Address it would come from; default: one that is allowed.'),
    identities: z
      .array(z.string().min(1).max(identityCharsMax))
      .max(identitiesMax)
      .optional()
      .describe("Values of the Identity header fields that a carrier's call would bring."),
  })
  .meta({ examples: [{ from: '+12125550150', to: '+14155552671' }] })

const check = z
  .looseObject({
    check: z.string().describe('Its name, as in the trace of a call.'),
    outcome: z
      .string()
      .describe(
        '`passed`; `refused`; `shadow`: a policy in shadow would have refused; `undecided`; `needed_earlier`: an earlier check refused what this one needs.',
      ),
    afterDecision: z.boolean().describe('Whether a real call would be decided before it.'),
  })
  .describe('One check with its figures.')
const limit = z.looseObject({
  level: z.string().describe('Whose: `key`, `trunk`, `tenant`, `carrier` or `gateway`.'),
  limit: z.string().describe('Which one, such as `minute` or `concurrency`.'),
  fits: z.boolean().describe('Whether this call would fit.'),
})
const answer = z
  .looseObject({
    status: z.int().describe('The SIP status.'),
    phrase: z.string().describe('The words behind the status.'),
    httpStatus: z.int().describe('The HTTP status that stands for it.'),
  })
  .optional()
  .describe('The SIP answer to the caller; absent if the call is admitted.')

const common = {
  at: z.string().describe('The moment that it is judged for, ISO 8601.'),
  admitted: z.boolean().describe('Whether it would be admitted.'),
  reason: z.string().optional().describe('Why it would be refused, from the catalogue.'),
  detail: z.string().optional().describe('More about the reason.'),
  limit: z.string().optional().describe('Whose limit is full, and which one.'),
  answer,
  checks: z.array(check).describe('Every check with its figures, also after the one that decides.'),
  limits: z.array(limit).describe('Every limit that it would count against.'),
}

const uri = z.string().describe('The Request-URI of the INVITE that it would get.')

const outbound = z
  .looseObject({
    ...common,
    passports: z.array(z.looseObject({})).optional().describe('Their claims, unsigned.'),
    candidates: z
      .array(
        z.looseObject({
          carrier: z.string().describe('The id of the carrier.'),
          gateway: z.string().describe('The id of its gateway.'),
          requestUri: uri,
          fits: z.boolean().describe('Whether it has room; one without is passed over.'),
          limit: z.string().optional().describe('Whose limit is full, and which one.'),
          limits: z.array(limit).describe('Every limit of the carrier and of the gateway.'),
        }),
      )
      .describe("Gateways in the order they would be tried; empty for tenants' keys."),
  })
  .describe('A call of a key.')

const inbound = z
  .looseObject({
    ...common,
    direction: z
      .literal('inbound')
      .describe('Always `inbound`; a call of a key has no such field.'),
    carrierId: entryId.optional().describe('The carrier that would bring it.'),
    tenantId: entryId.optional().describe('The tenant whose number is called.'),
    trunkId: entryId.optional().describe('The trunk that it would be delivered to.'),
    verstat: z.string().optional().describe('The result of verifying the caller.'),
    targets: z
      .array(
        z.strictObject({
          gateway: z.string().describe('The id of the target.'),
          requestUri: uri,
        }),
      )
      .describe('In the order they would be tried, after the PBXs that have registered.'),
    registers: z.boolean().describe('Whether PBXs can register for the trunk.'),
  })
  .describe('A call that a carrier brings.')

/** What would become of it, in either direction. */
export const explained = z.union([inbound, outbound])
