import { expect, test } from 'vitest'
import { startFlood } from '../support/flood.ts'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { runSipp, startSipp } from '../support/sipp.ts'

const testTimeoutMs = 90_000
const calls = 150

test.each([
  { what: 'one source', sources: 1 },
  { what: 'many sources', sources: 1_000 },
])(
  'beside a flood of INVITEs from $what, there before anybody is known, every good call comes through',
  { timeout: testTimeoutMs },
  async ({ sources }) => {
    await using gate = await startTestGate({ engine: 'embedded' })
    await using flood = await startFlood({ port: gate.sipPort, perS: 10_000, sources })
    const common = { calls, trace: false, timeoutMs: testTimeoutMs, receiveTimeoutMs: 35_000 }
    await using carrier = await startSipp({
      ...common,
      scenario: 'uas-answer',
      port: gate.carrierPorts[0],
    })
    const placed = await runSipp({
      ...common,
      scenario: 'uac-load',
      rate: 50,
      holdMs: 500,
      remotePort: gate.sipPort,
      called: callable,
      field0: Array.from({ length: calls }, (_, at) => `+${14_152_200_000 + at * 37}`),
      keys: { apikey: gate.keys.good, caller: ownNumber },
    })
    expect({ ok: placed.successful, failed: placed.failed }, placed.errors).toEqual({
      ok: calls,
      failed: 0,
    })
    expect((await carrier.done).successful).toBe(calls)
    const { sent } = await flood.stop()
    expect(sent).toBeGreaterThan(calls * 10)
    await gate.idle()
    await expectWholeAudit(gate.auditDir)
  },
)
