import { z } from '../../config/zod.ts'
import { entryId, keyId } from '../schemas.ts'

/** Identity fields of one call, and characters of each: what a SIP message has room for. */
const identitiesMax = 9
const identityCharsMax = 8_192

const words = z.string().min(1).max(200)

/** A call that nobody has placed. */
export const question = z.strictObject({
  keyId: keyId.optional().describe('Of which key; the one that asks where left out.'),
  carrierId: entryId
    .optional()
    .describe("In place of a key: the carrier that would bring it, to a tenant's number."),
  from: words.describe('Who would call: a number or a SIP URI.'),
  to: words.describe('Whom.'),
  callClass: words.optional().describe("As X-Call-Class would say it; of a key's call alone."),
  source: words
    .optional()
    .describe('Address it would come from; one it may come from if left out.'),
  identities: z
    .array(z.string().min(1).max(identityCharsMax))
    .max(identitiesMax)
    .optional()
    .describe("Values of the Identity fields that a carrier's call would come with."),
})

const check = z
  .looseObject({ check: z.string(), outcome: z.string(), afterDecision: z.boolean() })
  .describe('One check with its figures; `afterDecision`: an admission would not come to it.')
const limit = z.looseObject({ level: z.string(), limit: z.string(), fits: z.boolean() })
const answer = z
  .looseObject({ status: z.int(), phrase: z.string(), httpStatus: z.int() })
  .optional()
  .describe('What the caller would hear on SIP; nothing of it where it is admitted.')

const common = {
  at: z.string().describe('When it is asked about.'),
  admitted: z.boolean(),
  reason: z.string().optional().describe('Why not, from the catalogue.'),
  detail: z.string().optional().describe('What more there is to say of the reason.'),
  limit: z.string().optional().describe('Whose limit is full, and which one.'),
  answer,
  checks: z
    .array(check)
    .describe('Every check with its figures, also behind the one that decides.'),
  limits: z.array(limit).describe('Every limit that it would be counted by.'),
}

const outbound = z
  .looseObject({
    ...common,
    passports: z.array(z.looseObject({})).optional().describe('Claims, unsigned.'),
    candidates: z
      .array(
        z.looseObject({
          ...{ carrier: z.string(), gateway: z.string(), requestUri: z.string() },
          fits: z.boolean().describe('Whether it has room; who has none is passed over.'),
          limit: z.string().optional().describe('Whose limit is full, and which one.'),
          limits: z.array(limit),
        }),
      )
      .describe('Gateways in the order they would be tried; told to the operator alone.'),
  })
  .describe('A call of a key.')

const inbound = z
  .looseObject({
    ...common,
    direction: z.literal('inbound'),
    carrierId: entryId.optional(),
    tenantId: entryId.optional().describe('Whose number it is for.'),
    trunkId: entryId.optional().describe('The trunk that it would be delivered to.'),
    verstat: z.string().optional().describe('What verifying the caller came to.'),
    targets: z
      .array(z.strictObject({ gateway: z.string(), requestUri: z.string() }))
      .describe('In the order they would be tried, behind the PBXs that have registered.'),
    registers: z.boolean().describe('Whether PBXs can register for the trunk.'),
  })
  .describe('A call that a carrier brings.')

/** What would become of it, in either direction. */
export const explained = z.union([inbound, outbound])
