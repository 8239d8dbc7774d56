import type { Asked } from '../../admission/question.ts'
import type { ExplainedCall } from '../../call/explain-call.ts'
import { z } from '../../config/zod.ts'
import type { KeyId } from '../../domain/key.ts'
import type { Store } from '../../store/port.ts'
import { keyIdOf, maySee } from '../caller.ts'
import { unfit } from '../problem.ts'
import { type Route, route } from '../route.ts'
import { keyId } from '../schemas.ts'

export interface ExplainParts {
  readonly store: Pick<Store, 'directory'>
  readonly explain: (asked: Asked) => Promise<ExplainedCall>
}

const words = z.string().min(1).max(200)
const question = z.strictObject({
  keyId: keyId.optional().describe('Of which key; the one that asks where left out.'),
  from: words.describe('Who would call: a number or a SIP URI.'),
  to: words.describe('Whom.'),
  callClass: words.optional().describe('As X-Call-Class would say it.'),
  source: words.optional().describe('Address it would come from; one it works from if left out.'),
})
const check = z.looseObject({ check: z.string(), outcome: z.string(), afterDecision: z.boolean() })
const limit = z.looseObject({ level: z.string(), limit: z.string(), fits: z.boolean() })
const explained = z.looseObject({
  at: z.string(),
  admitted: z.boolean(),
  reason: z.string().optional().describe('Why not, from the catalogue.'),
  detail: z.string().optional(),
  limit: z.string().optional(),
  answer: z
    .looseObject({ status: z.int(), phrase: z.string(), httpStatus: z.int() })
    .optional()
    .describe('What the caller would hear on SIP.'),
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
  checks: z
    .array(check)
    .describe('Every check with its figures, also behind the one that decides.'),
  limits: z.array(limit),
})

/** What would become of a call; nothing of it happens. */
export function explainRoutes({ store, explain }: ExplainParts): readonly Route[] {
  return [
    route({
      ...{ method: 'POST', path: '/v1/explain', tag: 'calls' },
      access: { operator: true, scope: 'calls:make' },
      summary: 'What would become of a call: every check, the reason, the claims, the candidates.',
      body: question,
      answers: { 200: { help: 'What would become of it.', schema: explained } },
      problems: ['request_unfit'],
      run: async ({ caller, body }) => {
        const id = body.keyId ?? keyIdOf(caller)
        const key = await store.directory.findKey(id as KeyId)
        if (!key || !maySee(caller, key.tenantId)) {
          return unfit('body', '/keyId', 'is no key of yours')
        }
        const call = await explain({ ...body, keyId: id })
        const { inviteHeaders: _, ...told } = { ...call, candidates: [] }
        return { status: 200, body: caller.kind === 'operator' ? call : told, read: 'explained:1' }
      },
    }),
  ]
}
