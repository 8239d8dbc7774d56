import { z } from '../../config/zod.ts'
import { Failure, type FailureCode } from '../../kernel/failure.ts'
import { type Route, route } from '../route.ts'
import { keyId } from '../schemas.ts'

/** Why what was read cannot be used. */
const refusals: readonly FailureCode[] = ['config_invalid', 'certificate_invalid']

const draining = z.strictObject({ running: z.int().describe('Calls in progress.') })

const reloaded = z.strictObject({
  atNextStart: z
    .array(z.string())
    .describe('Settings that differ in the file; they take effect at the next start.'),
  strandedKeys: z
    .array(z.strictObject({ keyId, reason: z.string().describe('What it lacks.') }))
    .describe(
      'The first 100 keys that are refused because their tenant or policy is not declared.',
    ),
})

/** Takes no further calls on this gate; calls in progress go on until they end or their deadline. */
export interface Draining {
  drain(): Promise<void>
  running(): number
}

/** Reads again what may change under a running gate; fails with `config_invalid`. */
export type Reload = () => Promise<{
  readonly atNextStart: readonly string[]
  readonly strandedKeys: readonly { readonly keyId: string; readonly reason: string }[]
}>

/** What is done to one gate: it is drained before it is ended, and reads its file again. */
export function gateRoutes({ drain, running }: Draining, reload: Reload): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/drain',
      tag: 'gate',
      access: { operator: true },
      summary:
        'Drains this gate: it takes no more calls until it is started anew; end it next (SIGTERM).',
      answers: { 202: { help: 'It is draining; readiness says so.', schema: draining } },
      run: async () => {
        // What becomes of it is in the log and in readiness: nobody waits for it here.
        drain().catch(() => undefined)
        return { status: 202, body: { running: running() } }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/reload',
      tag: 'gate',
      access: { operator: true },
      summary:
        'Makes this gate read its file, certificates, lists and tables again, as SIGHUP does: all or nothing.',
      answers: { 200: { help: 'It uses what it has read.', schema: reloaded } },
      problems: ['conflict'],
      run: async () => {
        try {
          const { atNextStart, strandedKeys } = await reload()
          return { status: 200, body: { atNextStart, strandedKeys } }
        } catch (error) {
          const isOurs = error instanceof Failure && refusals.includes(error.code)
          if (isOurs) return { problem: 'conflict', detail: error.message }
          throw error
        }
      },
    }),
  ]
}
