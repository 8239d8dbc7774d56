import { z } from '../../config/zod.ts'
import type { CallTokens } from '../../domain/call-token.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { keyIdOf } from '../caller.ts'
import { type Route, route } from '../route.ts'
import { e164, keyId, moment } from '../schemas.ts'

export interface CallTokenParts {
  /** Undefined: the gate takes no call tokens. */
  readonly tokens: CallTokens | undefined
  readonly clock: Clock
  readonly random: Random
}

const tokenIdBytes = 16
const lifeMaxS = 3_600

const asked = z
  .strictObject({
    lifeS: z.int().min(1).max(lifeMaxS).default(600).describe('For how many seconds it works.'),
    caller: e164.optional().describe('The only number that it may present.'),
    callee: e164.optional().describe('The only number that it may call.'),
    callsMax: z.int().min(1).max(1_000_000).optional().describe('How many calls it is good for.'),
  })
  .meta({ examples: [{ lifeS: 60, callee: '+14155552671', callsMax: 1 }] })
const minted = z.strictObject({
  id: z.string().describe('The id of the token (`jti`).'),
  keyId,
  expiresAt: moment.describe('When it stops working.'),
  token: z
    .string()
    .nullable()
    .describe('The token itself, shown this once; null in a repeated answer.'),
})

/** Call tokens, for what must not hold the key itself. */
export function callTokenRoutes({ tokens, clock, random }: CallTokenParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/call-tokens',
      tag: 'calls',
      creates: true,
      access: { operator: false, scope: 'calls:make' },
      summary:
        'Makes a call token of the key that asks, for an hour at most and, if named, certain calls only.',
      body: asked,
      answers: { 201: { help: 'The token.', schema: minted } },
      problems: ['unavailable'],
      run: async ({ caller, body }) => {
        if (!tokens)
          return { problem: 'unavailable', detail: 'credentials.accept does not list `token`.' }
        const { lifeS, ...bounds } = body
        const id = random.hex(tokenIdBytes)
        const expiresAtMs = clock.now() + lifeS * 1000
        const own = keyIdOf(caller)
        const text = await tokens.issue({ id, keyId: own, expiresAtMs, ...bounds })
        const expiresAt = new Date(expiresAtMs).toISOString()
        const shown = { id, keyId: own, expiresAt, token: text.reveal() }
        return { status: 201, body: shown, secrets: ['token'] }
      },
    }),
  ]
}
