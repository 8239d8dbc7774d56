import { expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { playScenario } from './run-scenario.ts'

judgeTraffic()

const testTimeoutMs = 120_000

test('the gate refreshes each leg for the side that has it do so', {
  timeout: testTimeoutMs,
}, async () => {
  await using gate = await startTestGate({ engine: 'embedded' })
  await playScenario(
    { gate, transport: 'udp' },
    {
      title: 'a session on both legs is refreshed',
      caller: 'uac-answers-refresh',
      carriers: ['uas-answers-refresh', 'must not be called'],
      slow: true,
    },
  )
  await expectWholeAudit(gate.auditDir)
  expect(gate.output()).not.toContain('"level":50')
})
