import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { runCli } from '../../src/cli/run.ts'
import { runCommandLine } from '../support/command-line.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, startSipp } from '../support/sipp.ts'

judgeTraffic()

const timeout = 120_000
const load = 100
/** From the moment that the command line says so. */
const withinMs = 1_000

test('a key revoked with a hundred calls up: all end within a second, and no further one is taken', {
  timeout,
}, async () => {
  await using gate = await startTestGate()
  const quiet = { trace: false, timeoutMs: timeout }
  const port = gate.carrierPorts[0] ?? 0
  await using _carrier = await startSipp({ ...quiet, scenario: 'uas-answer', port, calls: 1000 })
  const keys = { apikey: gate.keys.good, caller: ownNumber, reason: 'key_revoked' }
  const caller = { ...quiet, remotePort: gate.sipPort, called: callable, keys }
  await using flood = await startSipp({
    ...caller,
    scenario: 'uac-bye-from-callee',
    calls: load,
    rate: 50,
    receiveTimeoutMs: timeout,
  })
  await answered(gate, load)

  const id = gate.keys.good.split('_')[2] ?? ''
  const revokedAtMs = await runCommandLine(['keys', 'revoke', id, '--config', gate.configFile])
  const { successful, failed, errors } = await flood.done
  expect({ successful, failed }, errors).toEqual({ successful: load, failed: 0 })

  const refused = await runSipp({ ...caller, scenario: 'uac-refused-403' })
  expect(refused.successful, refused.errors).toBe(1)
  await expect
    .poll(() => lastUsedAt(id, gate.configFile), { timeout: 20_000, interval: 500 })
    .not.toBeNull()
  await gate.idle()
  const { ended } = await expectWholeAudit(gate.auditDir)
  expect(ended.size).toBe(load)
  for await (const { atMs, event } of readEntries(gate.auditDir)) {
    if (event.type !== 'call.ended') continue
    expect(event.cause).toBe('key_revoked')
    expect(atMs - revokedAtMs).toBeLessThan(withinMs)
  }
})

async function answered(gate: TestGate, count: number): Promise<void> {
  const deadline = performance.now() + timeout / 2
  for (;;) {
    let up = 0
    for await (const { event } of readEntries(gate.auditDir)) {
      if (event.type === 'call.answered') up++
    }
    if (up === count) return
    if (performance.now() > deadline) throw new Error(`only ${up} calls were answered`)
    await delay(100)
  }
}

/** When the key was last used, as the command line tells. */
async function lastUsedAt(id: string, config: string): Promise<string | null> {
  const shown: string[] = []
  const terminal = { out: (line: string) => shown.push(line), err: () => undefined }
  await runCli(['keys', 'show', id, '--json', '--config', config], terminal)
  return JSON.parse(shown.join('')).lastUsedAt
}
