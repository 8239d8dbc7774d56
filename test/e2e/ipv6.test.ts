import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, startSipp } from '../support/sipp.ts'
import { headerValues, startingWith } from '../support/sipp-log.ts'

judgeTraffic()

const timeout = 60_000
const address = '::1'
const gates = new Map<string, TestGate>()

beforeAll(async () => {
  for (const transport of ['udp', 'tcp'] as const) {
    gates.set(transport, await startTestGate({ address, carrierTransport: transport }))
  }
})
afterAll(async () => {
  for (const gate of gates.values()) await gate[Symbol.asyncDispose]()
})

test.each([
  ['udp', 'uac-call', 'uas-answer'],
  ['tcp', 'uac-call', 'uas-answer'],
  ['udp', 'uac-bye-from-callee', 'uas-bye'],
  ['tcp', 'uac-reinvite', 'uas-reinvite'],
] as const)(
  'a whole call over IPv6 and %s: %s, %s',
  { timeout },
  async (transport, caller, callee) => {
    const gate = gates.get(transport)
    if (!gate) throw new Error('no gate')
    const shared = { address, transport } as const
    await using carrier = await startSipp({
      ...shared,
      scenario: callee,
      port: gate.carrierPorts[0],
    })
    const called = await runSipp({
      ...shared,
      scenario: caller,
      remotePort: gate.sipPort,
      called: callable,
      holdMs: 100,
      keys: { apikey: gate.keys.good, caller: ownNumber },
    })
    expect(called.successful, called.errors).toBe(1)
    const answered = await carrier.done
    expect(answered.successful, answered.errors).toBe(1)
    const [invite] = startingWith(answered.messages, 'INVITE')
    const text = invite?.text ?? ''
    const own = `[::1]:${gate.sipPort}`
    expect(headerValues(text, 'Via')[0]).toContain(`${transport.toUpperCase()} ${own};`)
    expect(headerValues(text, 'Contact')[0]).toContain(`<sip:${own}`)
    await gate.idle()
  },
)
