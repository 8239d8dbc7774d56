import { z } from '../../config/zod.ts'
import type { Key, KeyId } from '../../domain/key.ts'
import type { KeyDesk } from '../key-desk.ts'
import type { Problem } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import { keyId } from '../schemas.ts'
import { keySchema, rotationSchema, shownKeySchema } from './key-schemas.ts'
import { described, shown } from './keys.ts'

const common = {
  method: 'POST',
  tag: 'keys',
  tagged: true,
  access: { operator: true, scope: 'keys:manage' },
  params: z.strictObject({ keyId }),
} as const

/** Rotating keys and taking them out of use. Taking out wants no If-Match: it must never fail for that. */
export function keyActionRoutes(desk: KeyDesk): readonly Route[] {
  return [
    route({
      ...common,
      path: '/v1/keys/{keyId}/rotate',
      creates: true,
      summary: 'Gives a key a new secret and shows it this once.',
      body: rotationSchema,
      answers: { 200: { help: 'The key with its new secret.', schema: shownKeySchema } },
      problems: ['not_found', 'scope_denied', 'conflict'],
      run: async ({ caller, params, body }) => {
        const key = await desk.find(caller, params.keyId as KeyId)
        if (!key) return notFound
        if (!(await desk.mayHandOut(caller, key))) return { problem: 'scope_denied' }
        if (key.status === 'revoked') return stayedRevoked
        const rotated = await desk.rotate(key, body.overlapS * 1000)
        if (!rotated) return changedMeanwhile
        return shown(desk, { key: rotated.key, text: rotated.minted.text.reveal(), status: 200 })
      },
    }),
    statusRoute(desk, {
      verb: 'suspend',
      status: 'suspended',
      summary: 'Suspends a key and ends its running calls.',
    }),
    statusRoute(desk, {
      verb: 'revoke',
      status: 'revoked',
      summary: 'Revokes a key for good and ends its running calls.',
    }),
    statusRoute(desk, { verb: 'resume', status: 'active', summary: 'Resumes a suspended key.' }),
  ]
}

const changedMeanwhile: Problem = {
  problem: 'conflict',
  detail: 'The key has changed in the meantime.',
}
const stayedRevoked: Problem = { problem: 'conflict', detail: 'The key is revoked for good.' }

/** A route that gives a key another status. */
interface StatusRoute {
  readonly verb: string
  readonly status: Key['status']
  readonly summary: string
}

function statusRoute(desk: KeyDesk, { verb, status, summary }: StatusRoute): Route {
  return route({
    ...common,
    path: `/v1/keys/{keyId}/${verb}`,
    summary,
    answers: { 200: { help: 'The key as it is now.', schema: keySchema } },
    problems: ['not_found', 'scope_denied', 'conflict'],
    run: async ({ caller, params }): Promise<Answer | Problem> => {
      const key = await desk.find(caller, params.keyId as KeyId)
      if (!key) return notFound
      const gives = status === 'active'
      if (gives && !(await desk.mayHandOut(caller, key))) return { problem: 'scope_denied' }
      if (key.status === 'revoked' && status !== 'revoked') return stayedRevoked
      const changed = await (gives
        ? desk.changeAsFound(key, { status })
        : desk.change(key, { status }))
      return changed ? described(desk, changed) : changedMeanwhile
    },
  })
}
