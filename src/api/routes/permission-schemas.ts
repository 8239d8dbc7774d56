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
const scope = z.enum(optOutScopes).default('all').describe('The calls that are not wanted.')
const words = z.string().min(1).max(500)
const consentId = z.string().regex(/^[\x21-\x7e]{1,100}$/)

/** Names a number, and whose calls to it are meant. */
export const listed = z.strictObject({
  number: e164.optional().describe('Only this number, E.164 with `+`; default: all.'),
  tenant,
  ...paging,
})
export const whose = z.strictObject({ tenant })
export const whichOptOut = z.strictObject({ number: e164, tenant, scope })
export const newOptOut = z.strictObject({
  number: e164,
  tenant,
  scope,
  source: words.describe('How the wish came in, such as `sms stop`.'),
})
export const optOut = z.strictObject({
  number: e164,
  tenant: entryId.nullable(),
  scope: z.enum(optOutScopes),
  at: moment,
  source: z.string(),
})
export const oneConsent = z.strictObject({ consentId })

const consentFields = {
  id: consentId.describe('Names the evidence in the audit log.'),
  number: e164,
  purpose: z.enum(callClasses),
  how: words.describe('How it was given, such as `web form`.'),
  givenAt: moment,
  evidence: words.describe('Where the evidence is kept.'),
}
export const newConsent = z.strictObject({
  ...consentFields,
  tenant,
  expiresAt: moment.optional().describe('After `givenAt`.'),
})
export const consent = z.strictObject({
  ...consentFields,
  tenant: entryId,
  expiresAt: moment.nullable(),
  revokedAt: moment.nullable(),
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
  linesTaken: z.int(),
  linesBad: z.int(),
  added: z.int().describe('How many are new.'),
  faults: z
    .array(z.strictObject({ line: z.int(), column: z.string().nullable(), reason: z.string() }))
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
