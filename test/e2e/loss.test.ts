import { describe, expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { keepPort } from '../support/gate-ports.ts'
import { openLossyRelay, type Weather } from '../support/lossy-relay.ts'
import { startSipp } from '../support/sipp.ts'

const testTimeoutMs = 120_000
const calls = 60
/** SIPp sends an INVITE six times, so that at a loss of 10 % one call in a million gives up. */
const rain: Weather = { lost: 0.1, doubled: 0, delayed: 0, delayMaxMs: 0 }
const echo: Weather = { lost: 0, doubled: 0.3, delayed: 0, delayMaxMs: 0 }
const detours: Weather = { lost: 0, doubled: 0, delayed: 0.3, delayMaxMs: 150 }
const storm: Weather = { lost: 0.1, doubled: 0.1, delayed: 0.2, delayMaxMs: 100 }

/** What may be done in a call while one message in ten is lost. */
const deeds = [
  { deed: 'is cancelled', caller: 'uac-patient-cancel', callee: 'uas-cancelled', seed: 21 },
  {
    deed: 'is changed twice',
    caller: 'uac-patient-changes',
    callee: 'uas-patient-changes',
    seed: 22,
  },
] as const

interface Storm {
  readonly engine: (typeof engines)[number]
  readonly weather: Weather
  readonly seed: number
  readonly caller: string
  readonly callee: string
}

describe.each(engines)('over a bad network, on the %s engine', (engine) => {
  test.concurrent.each([
    { what: 'one message in ten lost', weather: rain, seed: 11 },
    { what: 'three in ten doubled', weather: echo, seed: 12 },
    { what: 'three in ten overtaken', weather: detours, seed: 13 },
    { what: 'all of that at once', weather: storm, seed: 14 },
  ])(
    'every call comes through with $what',
    { timeout: testTimeoutMs },
    async ({ weather, seed }) => {
      const scenarios = { caller: 'uac-patient', callee: 'uas-patient' }
      const { placed, taken, seen } = await play({ engine, weather, seed, ...scenarios })
      expect({ ok: placed.successful, failed: placed.failed }, placed.errors).toEqual({
        ok: calls,
        failed: 0,
      })
      expect(taken.failed, taken.errors).toBe(0)
      expect(seen).toBeGreaterThanOrEqual(calls * 6)
    },
  )

  test.concurrent.each(deeds)(
    'a call that $deed while messages are lost ends on both sides and in the gate',
    { timeout: testTimeoutMs },
    async ({ caller, callee, seed }) => {
      const { placed } = await play({ engine, weather: rain, seed, caller, callee })
      // SIPp stops at the first message out of turn, which a loss can bring about.
      expect(placed.successful, placed.errors).toBeGreaterThan(calls * 0.8)
    },
  )
})

/** Plays calls through bad networks on both sides; afterwards nothing of them may be left in the gate. */
async function play({ engine, weather, seed, ...scenarios }: Storm) {
  await using stack = new AsyncDisposableStack()
  const [carrierPhone, callerPhone] = [await keepPort(), await keepPort()]
  const carrierNet = stack.use(await openLossyRelay({ weather, seed, phonePort: carrierPhone }))
  const gate = stack.use(
    await startTestGate({
      engine,
      carrierPorts: [carrierNet.gateSide],
      noAnswerTimeoutMs: 20_000,
      ringTimeoutMs: 30_000,
    }),
  )
  const callerNet = stack.use(
    await openLossyRelay({
      weather,
      seed: seed + 100,
      phonePort: callerPhone,
      gatePort: gate.sipPort,
    }),
  )
  const common = { calls, trace: false, timeoutMs: 90_000, receiveTimeoutMs: 35_000 }
  const carrier = stack.use(
    await startSipp({ ...common, scenario: scenarios.callee, port: carrierPhone }),
  )
  const caller = stack.use(
    await startSipp({
      ...common,
      scenario: scenarios.caller,
      port: callerPhone,
      remotePort: callerNet.phoneSide,
      rate: 20,
      called: callable,
      keys: { apikey: gate.keys.good, caller: ownNumber },
    }),
  )
  const placed = await caller.done
  await gate.idle(40_000)
  const taken = await carrier.stop()
  const { admitted } = await expectWholeAudit(gate.auditDir)
  expect(admitted.size).toBe(calls)
  return { placed, taken, seen: callerNet.counts.seen }
}
