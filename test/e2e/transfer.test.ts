import { describe, expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { engines } from '../support/gate-engines.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { playScenario } from './run-scenario.ts'

judgeTraffic()

const testTimeoutMs = 60_000

describe.each(engines)('on the %s engine', (engine) => {
  test('where transfers are relayed, a REFER and what comes of it is carried', {
    timeout: testTimeoutMs,
  }, async () => {
    await using gate = await startTestGate({
      engine,
      settings: { relay: { transfers: 'relay' } },
    })
    await playScenario(
      { gate, transport: 'udp' },
      {
        title: 'a transfer',
        caller: 'uac-transfer',
        carriers: ['uas-transferred', 'must not be called'],
      },
    )
    await expectWholeAudit(gate.auditDir)
    expect(gate.output()).not.toContain('"level":50')
  })
})
