import { describe, expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { engines } from '../support/gate-engines.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { headerValues, startingWith } from '../support/sipp-log.ts'
import { playScenario } from './run-scenario.ts'
import { slowScenarios } from './scenarios.ts'

judgeTraffic()

const testTimeoutMs = 120_000

describe.each(engines)('on the %s engine', (engine) => {
  test.each(slowScenarios)('$title', { timeout: testTimeoutMs }, async (scenario) => {
    await using gate = await startTestGate({ engine })
    const { caller } = await playScenario({ gate, transport: 'udp' }, scenario)
    const answers = startingWith(caller.messages, 'SIP/2.0 200').filter(
      ({ sent, text }) => !sent && headerValues(text, 'CSeq')[0] === '1 INVITE',
    )
    // RFC 3261 13.3.1.4: after 0.5, 1, 2, 4, 4 ... s, for 32 s.
    expect(answers.length).toBeGreaterThanOrEqual(9)
    expect(answers.length).toBeLessThanOrEqual(12)
    await expectWholeAudit(gate.auditDir)
  })
})
