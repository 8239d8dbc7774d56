import type { Asked, AskedInbound } from '../../admission/question.ts'
import type { ExplainedCall } from '../../call/explain-call.ts'
import type { ExplainedInboundCall } from '../../call/explain-inbound.ts'
import type { z } from '../../config/zod.ts'
import type { KeyId } from '../../domain/key.ts'
import type { Store } from '../../store/port.ts'
import { type Caller, keyIdOf, maySee } from '../caller.ts'
import { type Problem, unfit } from '../problem.ts'
import { type Answer, type Route, route } from '../route.ts'
import * as fields from './explain-schemas.ts'

export interface ExplainParts {
  readonly store: Pick<Store, 'directory'>
  readonly explain: (asked: Asked) => Promise<ExplainedCall>
  /** Undefined: no carrier of that id may bring calls. */
  readonly explainInbound: (asked: AskedInbound) => Promise<ExplainedInboundCall | undefined>
}

type Body = z.output<typeof fields.question>

/** What would become of a call; nothing of it happens. */
export function explainRoutes(parts: ExplainParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/explain',
      tag: 'calls',
      access: { operator: true, scope: 'calls:make' },
      summary:
        'What would become of a call that a key places or (for operators) a carrier brings: every check, the reason, the claims, where it would go.',
      body: fields.question,
      answers: { 200: { help: 'What would become of it.', schema: fields.explained } },
      problems: ['request_unfit'],
      run: async ({ caller, body }) => {
        return body.carrierId === undefined
          ? await ofKey(parts, caller, body)
          : await ofCarrier(parts, caller, { ...body, carrierId: body.carrierId })
      },
    }),
  ]
}

async function ofKey(
  { store, explain }: ExplainParts,
  caller: Caller,
  { carrierId: _, identities, ...body }: Body,
): Promise<Answer | Problem> {
  if (identities !== undefined)
    return unfit('body', '/identities', 'is allowed only with carrierId')
  if (body.keyId === undefined && caller.kind === 'operator') {
    return unfit('body', '/keyId', "or /carrierId is needed with an operator's key")
  }
  const id = body.keyId ?? keyIdOf(caller)
  const key = await store.directory.findKey(id as KeyId)
  if (!key || !maySee(caller, key.tenantId)) {
    return unfit('body', '/keyId', 'is unknown or not yours')
  }
  const call = await explain({ ...body, keyId: id })
  const { inviteHeaders: _headers, ...told } = { ...call, candidates: [] }
  return { status: 200, body: caller.kind === 'operator' ? call : told, read: 'explained:1' }
}

/** By which carriers calls come is told to the operator alone: to others there is none. */
async function ofCarrier(
  { explainInbound }: ExplainParts,
  caller: Caller,
  { keyId, callClass, ...asked }: Body & { readonly carrierId: string },
): Promise<Answer | Problem> {
  if (keyId !== undefined) return unfit('body', '/keyId', 'is not allowed with carrierId')
  if (callClass !== undefined) return unfit('body', '/callClass', 'is not allowed with carrierId')
  const call = caller.kind === 'operator' ? await explainInbound(asked) : undefined
  if (!call) return unfit('body', '/carrierId', 'is not one of your carriers that may bring calls')
  return { status: 200, body: call, read: 'explained:1' }
}
