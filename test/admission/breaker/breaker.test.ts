import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Baseline, hoursOfWeek } from '../../../src/admission/breaker/baseline.ts'
import type { BreakerOwner } from '../../../src/admission/breaker/breaker.ts'
import { Breakers } from '../../../src/admission/breaker/breakers.ts'
import { TrafficFigures } from '../../../src/admission/breaker/figures.ts'
import { judge } from '../../../src/admission/breaker/judge.ts'
import { stateTopic, usualTopic } from '../../../src/admission/breaker/notes.ts'
import {
  type BreakerInput,
  type BreakerState,
  breakerInputs,
  breakerTable,
  move,
} from '../../../src/admission/breaker/table.ts'
import type { Alert } from '../../../src/domain/alert.ts'
import type { BreakerTerms } from '../../../src/domain/breaker.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const terms: BreakerTerms = {
  attemptsFactorMax: 5,
  attemptsFloor: 10,
  callsMin: 20,
  openS: 300,
  probes: 4,
  answeredShareMin: 0.2,
  shortShareMax: 0.6,
  sequentialShareMax: 0.3,
  refusedShareMax: 0.5,
}
const owner: BreakerOwner = { level: 'key', id: 'k1', keyId: 'k1', tenantId: 't1' }

/** A board of one process, and what stands on it. */
function fakeBoard() {
  const notes = new Map<string, string>()
  const watchers: ((id: string, text: string | undefined) => void)[] = []
  return {
    notes,
    get: (topic: string, id: string) => notes.get(`${topic} ${id}`),
    post: async (
      topic: string,
      id: string,
      change: (now: string | undefined) => string | undefined,
    ) => {
      const text = change(notes.get(`${topic} ${id}`))
      if (text === undefined) notes.delete(`${topic} ${id}`)
      else notes.set(`${topic} ${id}`, text)
      if (topic === stateTopic) for (const watcher of watchers) watcher(id, text)
      return text
    },
    watch: (topic: string, onChange: (id: string, text: string | undefined) => void) => {
      if (topic === stateTopic) watchers.push(onChange)
      return { [Symbol.dispose]: () => undefined }
    },
  }
}

function world(board = fakeBoard(), clock = new FakeClock()) {
  const alerts: Alert[] = []
  const breakers = new Breakers({ clock, board, alerts: { raise: (one) => alerts.push(one) } })
  let number = 0
  const call = (step = 1_000) => {
    number += step
    return breakers.attempt(owner, `+1212${String(number).padStart(7, '0')}`, terms)
  }
  const calls = (count: number, spacingMs = 0, step?: number) =>
    Array.from({ length: count }, () => {
      clock.advance(spacingMs)
      return call(step)
    })
  /** Resolves once what came of them is on the board. */
  const end = async (count: number, durationMs: number) => {
    for (let each = 0; each < count; each++) breakers.ended(owner, durationMs, terms)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock, board, alerts, breakers, call, calls, end }
}

const states = Object.keys(breakerTable) as BreakerState[]
/** What people are told when the breaker gets there. */
const told = { closed: 'tell_closed', throttled: 'tell_throttled', open: 'tell_opened' } as const

test('whatever comes, the table leads from a state to a state, and a person can always close', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom<BreakerInput>(...breakerInputs)), (inputs) => {
      let state: BreakerState = 'closed'
      for (const input of inputs) {
        const [next, ...actions] = move(state, input)
        expect(states).toContain(next)
        if (next !== state && next !== 'half_open') expect(actions).toContain(told[next])
        if (state === 'open') expect(['open', 'half_open', 'closed']).toContain(next)
        state = next
      }
      expect(move(state, 'closed_by_person')[0]).toBe('closed')
    }),
  )
})

test('an open breaker is left by time or by a person alone', () => {
  const leading = breakerInputs.filter((input) => move('open', input)[0] !== 'open')
  expect(leading).toEqual(['waited', 'closed_by_person'])
})

test('calls up to the floor pass whatever is usual; beyond it the key is throttled', () => {
  const { clock, alerts, calls } = world()
  expect(calls(10).every(({ passes }) => passes)).toBe(true)
  clock.advance(1_000)
  const [eleventh] = calls(1)
  expect(eleventh).toMatchObject({ passes: false, state: 'throttled' })
  expect(alerts).toMatchObject([{ kind: 'breaker_throttled', keyId: 'k1', tenantId: 't1' }])
  clock.advance(minuteMs)
  expect(calls(1)[0]).toEqual({ passes: true, state: 'closed' })
})

test('three times too many open it, with an alert and the time until it is tried', () => {
  const { clock, alerts, calls } = world()
  const passages = calls(60)
  const last = passages.at(-1)
  expect(last).toEqual({ passes: false, state: 'open', freesInMs: 300_000 })
  expect(alerts.at(-1)).toMatchObject({ kind: 'breaker_opened', figures: { level: 'key' } })
  clock.advance(100_000)
  expect(calls(1)[0]).toMatchObject({ state: 'open', freesInMs: 200_000 })
})

test('what is usual for the hour is no spike, and what is far above it is', () => {
  const { clock, calls, board } = world()
  for (let week = 0; week < 6; week++) {
    for (let minute = 0; minute < 60; minute++) {
      calls(9)
      clock.advance(minuteMs)
    }
    clock.advance(hoursOfWeek * hourMs - 60 * minuteMs)
  }
  expect(board.notes.get(`${usualTopic} key:k1`)).toMatch(/9\.00/)
  expect(calls(40).every(({ passes }) => passes)).toBe(true)
  const later = world(board, clock)
  expect(later.calls(40).every(({ passes }) => passes)).toBe(true)
  clock.advance(hourMs * 30)
  expect(later.calls(60).some(({ passes }) => !passes)).toBe(true)
})

test('numbers dialled in a row that nobody answers open it', async () => {
  const { alerts, calls, end } = world()
  for (let round = 0; round < 6; round++) {
    calls(5, 13_000, 1)
    await end(5, 0)
  }
  const opened = alerts.find(({ kind }) => kind === 'breaker_opened')
  expect(opened?.figures).toMatchObject({ answeredShare: 0, sequentialShare: expect.any(Number) })
})

test('short calls alone throttle, and are forgotten with their window', async () => {
  const { clock, alerts, calls, end } = world()
  calls(30, 12_000)
  await end(30, 2_000)
  clock.advance(2_000)
  calls(1)
  expect(alerts.at(-1)).toMatchObject({ kind: 'breaker_throttled', figures: { shortShare: 1 } })
  clock.advance(11 * minuteMs)
  calls(1)
  expect(alerts.at(-1)).toMatchObject({ kind: 'breaker_closed' })
})

test('after its time calls are let through as parts of one trial: good ones close it', async () => {
  const { clock, alerts, calls, end } = world()
  calls(60)
  const endsAtMs = clock.now() + 600_000
  clock.advance(300_000)
  const trial = { id: String(endsAtMs), probesMax: 4, endsAtMs }
  for (const passage of calls(6)) {
    expect(passage).toEqual({ passes: true, state: 'half_open', trial })
  }
  await end(3, 60_000)
  expect(alerts.at(-1)?.kind).toBe('breaker_opened')
  await end(1, 60_000)
  expect(alerts.at(-1)?.kind).toBe('breaker_closed')
  expect(calls(1)[0]).toEqual({ passes: true, state: 'closed' })
})

test('bad ones open it for twice as long', async () => {
  const { clock, alerts, calls, end } = world()
  calls(60)
  clock.advance(300_000)
  calls(4)
  await end(4, 0)
  expect(alerts.at(-1)?.kind).toBe('breaker_opened')
  expect(calls(1)[0]).toMatchObject({ passes: false, freesInMs: 600_000 })
})

test('a trial is one on all gates, and what came of its calls is judged together', async () => {
  const board = fakeBoard()
  const clock = new FakeClock()
  const [one, two] = [world(board, clock), world(board, clock)]
  one.calls(60)
  two.calls(1)
  const endsAtMs = clock.now() + 600_000
  clock.advance(300_500)
  const trials = [one.calls(1)[0], two.calls(1)[0]]
  expect(trials[0]).toMatchObject({ trial: { endsAtMs } })
  expect(trials[1]).toEqual(trials[0])
  await one.end(2, 60_000)
  await two.end(1, 0)
  expect(two.calls(1)[0]).toMatchObject({ state: 'half_open' })
  await two.end(1, 60_000)
  for (const { calls } of [one, two]) expect(calls(1)[0]).toMatchObject({ state: 'closed' })
})

test('a trial that comes to nothing, because its calls never end, gives way to the next', () => {
  const { clock, board, calls } = world()
  calls(60)
  const openedAtMs = clock.now()
  const trialEnding = (afterMs: number) => ({
    passes: true,
    state: 'half_open',
    trial: { endsAtMs: openedAtMs + afterMs },
  })
  clock.advance(300_000)
  calls(4)
  clock.advance(299_999)
  expect(calls(1)[0]).toMatchObject(trialEnding(600_000))
  clock.advance(1)
  expect(calls(1)[0]).toMatchObject(trialEnding(900_000))
  const afterRestart = world(board, clock)
  clock.advance(1_000_000)
  expect(afterRestart.calls(1)[0]).toMatchObject(trialEnding(1_800_000))
})

test('refusals that speak against the key count', () => {
  const { breakers, calls, alerts } = world()
  calls(30, 13_000)
  for (let count = 0; count < 30; count++) breakers.refused(owner, terms)
  calls(1, 2_000)
  expect(alerts.at(-1)?.figures).toMatchObject({ refusedShare: expect.any(Number) })
})

test('what opens on one gate is open on all, at the next start too, until a person closes it', async () => {
  const board = fakeBoard()
  const clock = new FakeClock()
  const [one, two] = [world(board, clock), world(board, clock)]
  two.calls(1)
  one.calls(60)
  expect(two.calls(1)[0]).toMatchObject({ passes: false, state: 'open' })
  const afterRestart = world(board, clock)
  expect(afterRestart.calls(1)[0]).toMatchObject({ passes: false, state: 'open' })
  await board.post(stateTopic, 'key:k1', () => undefined)
  for (const { calls } of [one, two, afterRestart]) {
    expect(calls(1)[0]).toEqual({ passes: true, state: 'closed' })
  }
})

test('a note that cannot be read is no breaker’s', () => {
  const board = fakeBoard()
  for (const text of ['', '{', '7', '{"state":"ajar"}', '{"state":"open","sinceMs":"x"}']) {
    board.notes.set(`${stateTopic} key:k1`, text)
    expect(world(board).calls(1)[0]).toMatchObject({ passes: true })
  }
})

test('the baseline reads back what it wrote, and nonsense as nothing known', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const usual = new Baseline(text).usual(0)
      expect(Number.isFinite(usual) && usual >= 0).toBe(true)
    }),
  )
  const baseline = new Baseline()
  for (let count = 0; count < 120; count++) baseline.count(0)
  expect(baseline.count(hourMs)).toBe(true)
  expect(new Baseline(String(baseline)).usual(hoursOfWeek * hourMs)).toBe(2)
})

test('whatever traffic there is, shares are shares and nothing is judged on too little', () => {
  const event = fc.oneof(
    fc.record({ e164: fc.stringMatching(/^\+[1-9]\d{6,14}$/) }),
    fc.record({ durationMs: fc.integer({ min: 0, max: 100_000 }) }),
    fc.record({ waitMs: fc.integer({ min: 0, max: 700_000 }) }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const figures = new TrafficFigures()
      let nowMs = 0
      for (const one of events) {
        if ('e164' in one) figures.attempted(one.e164, nowMs)
        else if ('durationMs' in one) figures.ended(one.durationMs, nowMs)
        else nowMs += one.waitMs
      }
      const read = figures.read(nowMs)
      expect(read.distinctCallees).toBeLessThanOrEqual(read.attempts)
      expect(read.sequential).toBeLessThanOrEqual(read.attempts)
      expect(read.short).toBeLessThanOrEqual(read.answered)
      expect(read.answered).toBeLessThanOrEqual(read.ended)
      const tolerant = { ...terms, callsMin: 201, attemptsFloor: 201 }
      expect(judge(read, 0, tolerant)).toEqual({ input: 'calm', signals: {} })
    }),
  )
})

test('a breaker that opened while the clock was years ahead is tried when it is right, and its trial ends', () => {
  const { clock, calls } = world()
  clock.setWallBy(10 * 365 * 24 * hourMs)
  calls(60)
  expect(calls(1)[0]).toMatchObject({ passes: false, state: 'open' })
  clock.setWallBy(-10 * 365 * 24 * hourMs)
  const endsAtMs = clock.now() + terms.openS * 1000
  expect(calls(1)[0]).toMatchObject({ passes: true, state: 'half_open', trial: { endsAtMs } })
})

test('a jump of the wall clock makes nobody forget what a key did lately', () => {
  const { clock, calls } = world()
  calls(19)
  clock.setWallBy(10 * 365 * 24 * hourMs)
  expect(calls(22).at(-1)).toMatchObject({ passes: false, state: 'open' })
})
