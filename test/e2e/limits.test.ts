import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit, summariseAudit } from '../support/gate-audit.ts'
import { callable, type KeyName, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, startSipp } from '../support/sipp.ts'
import { soon } from '../support/soon.ts'

judgeTraffic()

const testTimeoutMs = 60_000

describe.each(engines)('limits on the %s engine', { timeout: testTimeoutMs }, (engine) => {
  let gate: TestGate

  beforeAll(async () => {
    gate = await startTestGate({ engine })
  })
  afterAll(() => gate[Symbol.asyncDispose]())

  function caller(key: KeyName, reason = 'none') {
    return {
      remotePort: gate.sipPort,
      called: callable,
      keys: { apikey: gate.keys[key], caller: ownNumber, reason },
    }
  }

  function callee(calls: number) {
    return startSipp({
      scenario: 'uas-answer',
      port: gate.carrierPorts[0],
      calls,
      timeoutMs: testTimeoutMs,
    })
  }

  test('a second call at once is refused, and its slot is free after the first has ended', async () => {
    await using carrier = await callee(2)
    await using first = await startSipp({ ...caller('single'), scenario: 'uac-call', holdMs: 1500 })
    await soon(async () => expect((await gate.ask('counts')).leases).toBe(1))
    const second = await runSipp({
      ...caller('single', 'concurrency_exceeded'),
      scenario: 'uac-refused-480',
    })
    expect(second.successful, second.errors).toBe(1)
    expect((await first.done).successful).toBe(1)
    await gate.idle()
    const third = await runSipp({ ...caller('single'), scenario: 'uac-call', holdMs: 100 })
    expect(third.successful, third.errors).toBe(1)
    expect((await carrier.done).failed).toBe(0)
    await gate.idle()
  })

  test('no more calls of a day are admitted than there may be', async () => {
    await using carrier = await callee(3)
    const served = await runSipp({ ...caller('daily'), scenario: 'uac-call', calls: 3, holdMs: 50 })
    expect(served.successful, served.errors).toBe(3)
    const refused = await runSipp({
      ...caller('daily', 'daily_limit_exceeded'),
      scenario: 'uac-refused-403',
    })
    expect(refused.successful, refused.errors).toBe(1)
    expect((await carrier.done).successful).toBe(3)
    await gate.idle()
  })

  test('two a second means two of ten that come at once', async () => {
    await using _carrier = await callee(1000)
    const before = await admittedIn(gate)
    const flood = { ...caller('slow'), scenario: 'uac-call', calls: 10, rate: 200, holdMs: 50 }
    const seen = await runSipp({ ...flood, receiveTimeoutMs: 3000 })
    expect(seen.successful).toBe(2)
    expect(seen.failed).toBe(8)
    await gate.idle()
    expect((await admittedIn(gate)) - before).toBe(2)
  })

  test('three hundred calls at fifty a second all come through and leave nothing', async () => {
    const calls = 300
    const quiet = { trace: false, calls, timeoutMs: testTimeoutMs }
    await using carrier = await startSipp({
      ...quiet,
      scenario: 'uas-answer',
      port: gate.carrierPorts[0],
    })
    const numbers = Array.from({ length: calls }, (_, at) => `+${14_152_200_000 + at * 37}`)
    const load = {
      ...caller('good'),
      ...quiet,
      field0: numbers,
      scenario: 'uac-load',
      rate: 50,
      holdMs: 1000,
    }
    const seen = await runSipp(load)
    expect({ ok: seen.successful, failed: seen.failed }, seen.errors).toEqual({
      ok: calls,
      failed: 0,
    })
    expect((await carrier.done).successful).toBe(calls)
    await gate.idle()
  })

  test('every admitted call has its end in the audit log', async () => {
    await expectWholeAudit(gate.auditDir)
  })
})

async function admittedIn({ auditDir }: TestGate): Promise<number> {
  return (await summariseAudit(auditDir)).admitted.size
}
