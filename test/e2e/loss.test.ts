import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { openLossyRelay, type Weather } from '../support/lossy-relay.ts'
import { startSipp } from '../support/sipp.ts'
import { deeds } from './sturdy-deeds.ts'
import { Callee, Caller, type Told } from './sturdy-parties.ts'

judgeTraffic()

const testTimeoutMs = 120_000
const calls = 40
const rounds = 24
const deedEveryMs = 20
/** SIPp sends an INVITE six times, so that at a loss of 10 % one call in a million gives up. */
const rain: Weather = { lost: 0.1, doubled: 0, delayed: 0, delayMaxMs: 0 }
const echo: Weather = { lost: 0, doubled: 0.3, delayed: 0, delayMaxMs: 0 }
const detours: Weather = { lost: 0, doubled: 0, delayed: 0.3, delayMaxMs: 150 }
const storm: Weather = { lost: 0.1, doubled: 0.1, delayed: 0.2, delayMaxMs: 100 }

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

  // A drachtio-server does not end the second 2xx of a fork, and callers behind it get nothing reliably.
  test.concurrent.each(engine === 'embedded' ? [engine] : [])(
    'what peers do in a call by RFC 3261, 3262 and 3311 reaches the other side, whatever is lost, doubled and overtaken',
    {
      timeout: testTimeoutMs,
    },
    async () => {
      const outcome = await playDeeds(engine)
      const all = Object.entries(deeds)
      const wanted = all.map(([name, { told }]) => [
        name,
        { caller: [told.caller], callee: [told.callee] },
      ])
      expect(outcome.faults).toEqual([])
      expect(outcome.told).toEqual(Object.fromEntries(wanted))
    },
  )
})

/** Plays every deed many times at once through bad networks; what the parties have told, each tale once. */
async function playDeeds(engine: Storm['engine']) {
  await using stack = new AsyncDisposableStack()
  const [carrierPort, callerPort] = [await keepPort(), await keepPort()]
  const weather = storm
  const carrierNet = stack.use(await openLossyRelay({ weather, seed: 15, phonePort: carrierPort }))
  const carrierPorts = [carrierNet.gateSide]
  const times = { noAnswerTimeoutMs: 20_000, ringTimeoutMs: 30_000 }
  const gate = stack.use(await startTestGate({ engine, carrierPorts, ...times }))
  const callerNet = stack.use(
    await openLossyRelay({ weather, seed: 115, phonePort: callerPort, gatePort: gate.sipPort }),
  )
  const all = Object.values(deeds)
  const places = [
    { port: carrierPort, peerPort: carrierNet.phoneSide },
    { port: callerPort, peerPort: callerNet.phoneSide },
  ] as const
  const callee = stack.use(await Callee.open(places[0], all))
  const caller = stack.use(await Caller.open(places[1]))
  const played: { readonly called: string; readonly told: Promise<Told> }[] = []
  for (let round = 0; round < rounds; round++) {
    for (const deed of all) {
      const told = caller.play(deed, ownNumber, gate.keys.good)
      played.push({ called: deed.called, told })
      await delay(deedEveryMs)
    }
  }
  await Promise.all(played.map(({ told }) => told))
  await gate.idle(40_000)
  const told: Record<string, { caller: Told[]; callee: Told[] }> = {}
  for (const [name, { called }] of Object.entries(deeds)) {
    const ofCaller = played.filter((one) => one.called === called).map((one) => one.told)
    const ofCallee = callee.told.get(called) ?? []
    expect(ofCallee).toHaveLength(rounds)
    told[name] = { caller: await distinct(ofCaller), callee: await distinct(ofCallee) }
  }
  const { admitted } = await expectWholeAudit(gate.auditDir)
  expect(admitted.size).toBe(rounds * all.length)
  return { told, faults: [...caller.faults, ...callee.faults] }
}

async function distinct(tales: readonly Promise<Told>[]): Promise<Told[]> {
  const told = await Promise.all(tales)
  return [...new Map(told.map((tale) => [JSON.stringify(tale), tale])).values()]
}

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
