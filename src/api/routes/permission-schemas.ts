import { z } from '../../config/zod.ts'
import { callClasses } from '../../domain/call-class.ts'
import { type Consent, type OptOut, optOutScopes } from '../../domain/permission.ts'
import type { TenantId } from '../../domain/tenant.ts'
import { e164, entryId, moment, paging } from '../schemas.ts'

const tenant = entryId
  .optional()
  .describe(
    "The tenant; default: the key's own, or for an operator's key everybody (opt-outs only).",
  )
const scopeHelp = 'The calls that are not wanted: `all`, or those of one class.'
const scope = z.enum(optOutScopes).default('all').describe(scopeHelp)
const sourceHelp = 'How the wish came in, such as `sms stop`.'
const words = z.string().min(1).max(500)
const consentId = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/)
  .describe('Names the evidence in the audit log.')

/** Names a number, and whose calls to it are meant. */
export const listed = z.strictObject({
  number: e164.optional().describe('Only this number, E.164 with `+`; default: all.'),
  tenant,
  ...paging,
})
export const whose = z.strictObject({ tenant })
export const whichOptOut = z.strictObject({ number: e164, tenant, scope })
export const newOptOut = z
  .strictObject({
    number: e164,
    tenant,
    scope,
    source: words.describe(sourceHelp),
  })
  .meta({ examples: [{ number: '+14155552671', source: 'sms stop' }] })
export const optOut = z.strictObject({
  number: e164,
  tenant: entryId.nullable().describe('The tenant whose calls are not wanted. Null: those of all.'),
  scope: z.enum(optOutScopes).describe(scopeHelp),
  at: moment.describe('When it was recorded.'),
  source: z.string().describe(sourceHelp),
})
export const oneConsent = z.strictObject({ consentId })

const consentFields = {
  id: consentId,
  number: e164,
  purpose: z.enum(callClasses).describe('The class of calls that is agreed to.'),
  how: words.describe('How it was given, such as `web form`.'),
  givenAt: moment.describe('When it was given.'),
  evidence: words.describe('Where the evidence is kept.'),
}
const consentExample = {
  id: 'form-2026-001',
  number: '+14155552671',
  purpose: 'marketing',
  how: 'web form',
  givenAt: '2026-01-31T12:00:00Z',
  evidence: 'https://forms.example/2026-001',
}
export const newConsent = z
  .strictObject({
    ...consentFields,
    tenant,
    expiresAt: moment
      .optional()
      .describe('When it ends, after `givenAt`; default: not before it is revoked.'),
  })
  .meta({ examples: [consentExample] })
export const consent = z.strictObject({
  ...consentFields,
  tenant: entryId.describe('The tenant whose calls are agreed to.'),
  expiresAt: moment.nullable().describe('When it ends. Null: not before it is revoked.'),
  revokedAt: moment.nullable().describe('When it was revoked. Null: it was not.'),
})

export const importing = z.strictObject({
  tenant,
  badLines: z
    .enum(['refuse', 'skip'])
    .default('refuse')
    .describe('On a bad line, `refuse` the whole file or `skip` the line.'),
})
export const report = z.strictObject({
  ok: z.boolean().describe('Whether anything was kept.'),
  linesTaken: z.int().describe('How many lines are good.'),
  linesBad: z.int().describe('How many lines are bad.'),
  added: z.int().describe('How many are new.'),
  faults: z
    .array(
      z.strictObject({
        line: z.int().describe('The number of the line; the first is 1.'),
        column: z.string().nullable().describe('The column. Null: it is the line as a whole.'),
        reason: z.string().describe('What is wrong with it.'),
      }),
    )
    .describe('The first 100 bad lines.'),
})

/** An opt-out as it is shown. */
export function shownOptOut({ tenantId, e164: number, scope: which, atMs, source }: OptOut) {
  const at = new Date(atMs).toISOString()
  return { number, tenant: tenantId ?? null, scope: which, at, source }
}

/** A consent as it is shown. */
export function shownConsent(one: Consent) {
  const { id, tenantId, e164: number, purpose, how, givenAtMs, evidence } = one
  return {
    id,
    number,
    tenant: tenantId,
    purpose,
    how,
    evidence,
    givenAt: new Date(givenAtMs).toISOString(),
    expiresAt: momentText(one.expiresAtMs),
    revokedAt: momentText(one.revokedAtMs),
  }
}

/** The consent that a body describes. */
export function consentFrom(body: z.output<typeof newConsent>, tenantId: TenantId): Consent {
  const { id, number, purpose, how, evidence, givenAt, expiresAt } = body
  return {
    id,
    tenantId,
    e164: number,
    purpose,
    how,
    evidence,
    givenAtMs: Date.parse(givenAt),
    expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    revokedAtMs: undefined,
  }
}

function momentText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
