import { describe, expect, test } from 'vitest'
import { startApart, twoGates } from '../support/engine-apart.ts'
import { summariseAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { startMain } from '../support/gate-main.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, type SippOptions, startSipp } from '../support/sipp.ts'

judgeTraffic()

const testTimeoutMs = 120_000
const patienceMs = 30_000
const callsAtOnce = 6

async function admittedBy(audits: readonly string[]): Promise<number[]> {
  const all = await Promise.all(audits.map(summariseAudit))
  return all.map(({ admitted }) => admitted.size)
}

/** Calls that were admitted and have not ended. */
async function openOf(audits: readonly string[]): Promise<number> {
  const all = await Promise.all(audits.map(summariseAudit))
  return all.reduce((sum, { admitted, ended }) => sum + admitted.size - ended.size, 0)
}

describe.each(engines)('gates and an engine apart, the %s one', (kind) => {
  test('two gates share its calls, outlive one another and its restart', {
    timeout: testTimeoutMs,
  }, async () => {
    await using stack = new AsyncDisposableStack()
    const ports = { sipPort: await keepPort(), adminPort: await keepPort() }
    const carrierPort = await keepPort()
    const quiet = { trace: false, timeoutMs: testTimeoutMs }
    stack.use(await startSipp({ ...quiet, scenario: 'uas-answer', port: carrierPort, calls: 1000 }))
    const server = stack.use(await startApart(kind, ports))
    const { files, keys, audits } = await twoGates(stack, { ...ports, carrierPort })
    const [file = '', secondFile = ''] = files
    const caller: SippOptions = {
      scenario: 'uac-call',
      remotePort: ports.sipPort,
      called: callable,
      holdMs: 100,
      keys: { apikey: keys.good, caller: ownNumber, reason: 'none' },
    }
    const callAll = async () => {
      const { successful, errors } = await runSipp({ ...caller, calls: callsAtOnce, rate: 20 })
      expect(successful, errors).toBe(callsAtOnce)
    }

    const allEnded = () => expect.poll(() => openOf(audits), { timeout: patienceMs }).toBe(0)

    const first = stack.use(await startMain(file))
    stack.use(await startMain(secondFile))
    await callAll()
    expect(await admittedBy(audits)).toEqual([callsAtOnce / 2, callsAtOnce / 2])

    await allEnded()
    await first.end('SIGKILL')
    await callAll()
    expect(await admittedBy(audits)).toEqual([callsAtOnce / 2, callsAtOnce * 1.5])

    stack.use(await startMain(file))
    await callAll()
    expect(await admittedBy(audits)).toEqual([callsAtOnce, callsAtOnce * 2])

    const held = { ...caller, ...quiet, calls: callsAtOnce, rate: 20, holdMs: testTimeoutMs }
    const talking = stack.use(await startSipp(held))
    const total = async () => (await admittedBy(audits)).reduce((sum, calls) => sum + calls)
    await expect.poll(total, { timeout: patienceMs }).toBe(callsAtOnce * 4)
    await server[Symbol.asyncDispose]()
    // The calls that the engine had are over, and every gate says so.
    await allEnded()
    await talking.stop()

    stack.use(await startApart(kind, ports))
    const oneMore = async () => (await runSipp(caller)).successful
    await expect.poll(oneMore, { timeout: patienceMs }).toBe(1)
    await callAll()
    await allEnded()
  })
})
