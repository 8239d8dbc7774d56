import { z } from '../../config/zod.ts'
import { type Route, route } from '../route.ts'

const draining = z.strictObject({ running: z.int().describe('Calls in progress.') })

/** Takes no further calls on this gate; calls in progress go on until they end or their deadline. */
export interface Draining {
  drain(): Promise<void>
  running(): number
}

/** Draining one gate before it is ended. */
export function drainRoutes({ drain, running }: Draining): readonly Route[] {
  return [
    route({
      ...{ method: 'POST', path: '/v1/drain', tag: 'gate', access: { operator: true } },
      summary: 'Takes no further calls on this gate: for good, it is ended next (SIGTERM).',
      answers: { 202: { help: 'It drains; readiness says so.', schema: draining } },
      run: async () => {
        // What becomes of it is in the log and in readiness: nobody waits for it here.
        drain().catch(() => undefined)
        return { status: 202, body: { running: running() } }
      },
    }),
  ]
}
