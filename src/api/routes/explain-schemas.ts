import { z } from '../../config/zod.ts'
import { entryId, keyId } from '../schemas.ts'

/** Identity fields of one call, and characters of each: what a SIP message has room for. */
const identitiesMax = 9
const identityCharsMax = 8_192

const words = z.string().min(1).max(200)

/** A call that nobody has placed. */
export const question = z.strictObject({
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

const check = z
  .looseObject({ check: z.string(), outcome: z.string(), afterDecision: z.boolean() })
  .describe('One check with its figures; `afterDecision`: a real call would be decided before it.')
const limit = z.looseObject({ level: z.string(), limit: z.string(), fits: z.boolean() })
const answer = z
  .looseObject({ status: z.int(), phrase: z.string(), httpStatus: z.int() })
  .optional()
  .describe('The SIP answer to the caller; absent if the call is admitted.')

const common = {
  at: z.string().describe('The moment that it is judged for.'),
  admitted: z.boolean(),
  reason: z.string().optional().describe('Why it would be refused, from the catalogue.'),
  detail: z.string().optional().describe('More about the reason.'),
  limit: z.string().optional().describe('Whose limit is full, and which one.'),
  answer,
  checks: z.array(check).describe('Every check with its figures, also after the one that decides.'),
  limits: z.array(limit).describe('Every limit that it would count against.'),
}

const outbound = z
  .looseObject({
    ...common,
    passports: z.array(z.looseObject({})).optional().describe('Their claims, unsigned.'),
    candidates: z
      .array(
        z.looseObject({
          carrier: z.string(),
          gateway: z.string(),
          requestUri: z.string(),
          fits: z.boolean().describe('Whether it has room; one without is passed over.'),
          limit: z.string().optional().describe('Whose limit is full, and which one.'),
          limits: z.array(limit),
        }),
      )
      .describe("Gateways in the order they would be tried; empty for tenants' keys."),
  })
  .describe('A call of a key.')

const inbound = z
  .looseObject({
    ...common,
    direction: z.literal('inbound'),
    carrierId: entryId.optional(),
    tenantId: entryId.optional().describe('The tenant whose number is called.'),
    trunkId: entryId.optional().describe('The trunk that it would be delivered to.'),
    verstat: z.string().optional().describe('The result of verifying the caller.'),
    targets: z
      .array(z.strictObject({ gateway: z.string(), requestUri: z.string() }))
      .describe('In the order they would be tried, after the PBXs that have registered.'),
    registers: z.boolean().describe('Whether PBXs can register for the trunk.'),
  })
  .describe('A call that a carrier brings.')

/** What would become of it, in either direction. */
export const explained = z.union([inbound, outbound])
