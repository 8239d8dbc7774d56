import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Capture, startCapture } from '../support/capture.ts'
import { expectSound } from '../support/expect-sound.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { engines } from '../support/gate-engines.ts'
import { playScenario } from './run-scenario.ts'
import { type Scenario, scenarioGroups } from './scenarios.ts'

const scenarioTimeoutMs = 60_000

describe.each(engines)('on the %s engine', (engine) => {
  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    let gate: TestGate
    let recording: Promise<Capture>

    beforeAll(async () => {
      recording = startCapture()
      // Where nothing can be recorded, the test that needs it fails and the calls are tested still.
      await Promise.allSettled([recording])
      gate = await startTestGate({ engine, carrierTransport: transport })
    })
    afterAll(async () => {
      await gate[Symbol.asyncDispose]()
      const [recorded] = await Promise.allSettled([recording])
      if (recorded.status === 'fulfilled') await recorded.value[Symbol.asyncDispose]()
    })

    describe.each(Object.entries(scenarioGroups))('%s', (_group, scenarios) => {
      const possible = scenarios.filter((scenario) => fits(scenario, engine, transport))

      test.each(possible)('$title', { timeout: scenarioTimeoutMs }, async (scenario) => {
        await playScenario({ gate, transport }, scenario)
      })
    })

    test('every call that was admitted has its end in an audit log that verifies', async () => {
      await expectWholeAudit(gate.auditDir)
      expect(gate.output()).not.toContain('"level":50')
    })

    test("every message was well-formed on the wire, the gate's and SIPp's", {
      timeout: scenarioTimeoutMs,
    }, async () => {
      const packets = await (await recording).read()
      const methods = ['INVITE', 'ACK', 'CANCEL', 'UPDATE', 'INFO', 'MESSAGE', 'BYE']
      expectSound(packets, engine === 'drachtio' ? methods : [...methods, 'PRACK'])
    })
  })
})

function fits(scenario: Scenario, engine: string, transport: string): boolean {
  if (engine === 'drachtio' && scenario.notOnDrachtio) return false
  return !(transport === 'tcp' && scenario.udpOnly)
}
