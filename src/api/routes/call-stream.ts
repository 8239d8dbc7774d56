import type { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { z } from '../../config/zod.ts'
import type { OperatorKey } from '../../domain/operator-key.ts'
import type { Store } from '../../store/port.ts'
import type { CallFeed } from '../call-feed.ts'
import { type Access, type Caller, mayUse, tenantOf } from '../caller.ts'
import { type Route, route } from '../route.ts'

export interface StreamParts {
  readonly feed: CallFeed
  readonly store: Pick<Store, 'keys' | 'tenants' | 'directory'>
  /** Those of now. */
  readonly operators: () => readonly OperatorKey[]
}

const access: Access = { operator: true, scope: 'logs:read' }

/** After this long a reader says anew who it is. */
export const streamLifeMs = 600_000

/** Calls as they happen, for as long as the key may hear of them. */
export function callStreamRoutes(parts: StreamParts): readonly Route[] {
  const { feed } = parts
  return [
    route({
      method: 'GET',
      path: '/v1/calls/stream',
      tag: 'calls',
      access,
      summary: 'Calls as they happen on this gate: server-sent events, named as in the audit log.',
      answers: {
        200: {
          help: 'Events, for ten minutes at most; to go on after one of the last thousand, send `Last-Event-ID`.',
          schema: z.string(),
          mediaType: 'text/event-stream',
        },
      },
      run: async ({ caller, headers }) => {
        const lastEventId = headers['last-event-id']
        const stream = feed.follow({
          tenantId: tenantOf(caller),
          lastEventId,
          lifeMs: streamLifeMs,
          untilMs: caller.key.expiresAtMs,
          mayHear: () => mayHear(parts, caller),
        })
        if (!stream) return { problem: 'rate_exceeded', retryAfterS: 10 }
        endWithRight(parts, stream, caller)
        const type = { 'content-type': 'text/event-stream' }
        return { status: 200, body: stream, headers: type, read: 'calls:stream' }
      },
    }),
  ]
}

/** What is declared may change as well: the policy of a key, and operators. */
async function mayHear({ store, operators }: StreamParts, caller: Caller): Promise<boolean> {
  const { key } = caller
  if (caller.kind === 'operator') return operators().some((one) => isDeepStrictEqual(one, key))
  const policy = await store.directory.findPolicy(caller.key.policyId)
  return policy !== undefined && mayUse(access, { ...caller, policy })
}

/** Who loses the right to read hears nothing more; who holds a key that is changed says anew who it is. */
function endWithRight({ feed, store }: StreamParts, stream: Readable, caller: Caller): void {
  const watching = new DisposableStack()
  watching.use(
    store.keys.watchKeys((key) => {
      if (key.id === caller.key.id && !isDeepStrictEqual(key, caller.key)) feed.end(stream)
    }),
  )
  watching.use(
    store.tenants.watchTenants((tenant) => {
      if (tenant.id === tenantOf(caller) && tenant.status !== 'active') feed.end(stream)
    }),
  )
  stream.once('close', () => watching.dispose())
}
