import { z } from '../../config/zod.ts'
import { type Route, route } from '../route.ts'

/** Of what readiness is made; each is asked when somebody asks. */
export interface Readiness {
  readonly engine: () => boolean
  readonly audit: () => boolean
  readonly accepting: () => boolean
  readonly store: () => Promise<boolean>
}

const live = z.strictObject({ live: z.literal(true).describe('Always `true`.') })
const ready = z.strictObject({
  ready: z.boolean().describe('Whether all of the following are true.'),
  engine: z.boolean().describe('The engine can be reached.'),
  store: z.boolean().describe('The store answers.'),
  audit: z.boolean().describe('Audit events can be written.'),
  accepting: z.boolean().describe('One more call has room: the gate is neither draining nor full.'),
})

/** For whoever watches processes and balances load. */
export function healthRoutes(readiness: Readiness): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/health/live',
      tag: 'health',
      access: 'anybody',
      summary: 'Whether the process answers at all.',
      answers: { 200: { help: 'It does.', schema: live } },
      run: async () => ({ status: 200, body: { live: true } }),
    }),
    route({
      method: 'GET',
      path: '/v1/health/ready',
      tag: 'health',
      access: 'anybody',
      summary: 'Whether this gate can take calls.',
      answers: {
        200: { help: 'It can.', schema: ready },
        503: { help: 'It cannot, and why.', schema: ready },
      },
      run: async () => {
        const store = await readiness.store().catch(() => false)
        const parts = {
          engine: readiness.engine(),
          store,
          audit: readiness.audit(),
          accepting: readiness.accepting(),
        }
        const isReady = Object.values(parts).every(Boolean)
        return { status: isReady ? 200 : 503, body: { ready: isReady, ...parts } }
      },
    }),
  ]
}
