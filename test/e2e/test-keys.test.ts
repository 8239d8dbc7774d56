import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { openTripwire, type Tripwire } from '../support/gate-tripwire.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp } from '../support/sipp.ts'

judgeTraffic()

const timeout = 60_000
let gate: TestGate
let tripwires: Tripwire[]

beforeAll(async () => {
  gate = await startTestGate()
  tripwires = await Promise.all(gate.carrierPorts.map((port) => openTripwire(port)))
})
afterAll(async () => {
  for (const tripwire of tripwires) await tripwire[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

// biome-ignore format: one scenario a line
const table = [
  { title: 'is answered by the gate', scenario: 'uac-call', called: callable },
  { title: 'is heard ringing', scenario: 'uac-ringing', called: callable },
  { title: 'may come without an offer', scenario: 'uac-offerless', called: callable },
  { title: 'may send digits', scenario: 'uac-info', called: callable },
  { title: 'may be cancelled while it rings', scenario: 'uac-cancel-ringing', called: callable },
  { title: 'is busy where the number ends in 0486', scenario: 'uac-hears-486', called: '+14155550486' },
  { title: 'is not found where the number ends in 0404', scenario: 'uac-hears-404', called: '+14155550404' },
  { title: 'is declined where the number ends in 0603', scenario: 'uac-hears-603', called: '+14155550603' },
  { title: 'is checked as any other', scenario: 'uac-refused-403', called: '+19002345678', reason: 'geo_type_denied' },
]

test.each(table)('a call of a test key $title', { timeout }, async (row) => {
  const { scenario, called, reason = 'none' } = row
  const caller = await runSipp({
    scenario,
    called,
    remotePort: gate.sipPort,
    holdMs: 200,
    keys: { apikey: gate.keys.tester, caller: ownNumber, reason },
  })
  expect({ successful: caller.successful, failed: caller.failed }, caller.errors).toEqual({
    successful: 1,
    failed: 0,
  })
  await gate.idle()
})

test('no carrier has heard of it, and the audit log says that it was a test', async () => {
  for (const { heard } of tripwires) expect(heard).toEqual([])
  const { admitted } = await expectWholeAudit(gate.auditDir)
  expect(admitted.size).toBe(table.length - 1)
  for await (const { event } of readEntries(gate.auditDir)) {
    if (event.type === 'call.decided' && event.admitted) expect(event.mode).toBe('test')
    if (event.type === 'call.dialled') expect(event.gatewayId).toBe('test')
  }
})
