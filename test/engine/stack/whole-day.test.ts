import { expect, test } from 'vitest'
import { countedRandom } from '../../support/counted-random.ts'
import { seededChance } from '../../support/seeded-chance.ts'
import { openBench } from './bench.ts'
import { bridge } from './bridge.ts'
import { LossyPhone, type PhoneOptions } from './lossy-phone.ts'

const callsOfDay = 10_000
const dayMs = 86_400_000
const hourMs = 3_600_000
const turnMs = dayMs / callsOfDay
const callsOfHour = Math.floor(callsOfDay / 24)
const testTimeoutMs = 180_000
const portMin = 20_000
/** Shares of all datagrams, and how long they are under way. */
const weather = { lost: 0.05, doubled: 0.05, delayMaxMs: 400 }

type Kind = 'talked' | 'cancelled' | 'busy' | 'abandoned' | 'lasting'

/** How calls go on, up to which share of all. */
const mix: readonly (readonly [Kind, number])[] = [
  ['talked', 0.6],
  ['cancelled', 0.75],
  ['busy', 0.9],
  ['abandoned', 0.95],
  ['lasting', 1],
]

/** RFC 4028: the gate refreshes, or a phone would have to that does not know how. */
const timers = (['uas', 'uac'] as const).map((refresher) => [
  { name: 'Supported', value: 'timer' },
  { name: 'Session-Expires', value: `1800;refresher=${refresher}` },
])

interface Call {
  readonly kind: Kind
  readonly number: number
  readonly caller: LossyPhone
  readonly callee: LossyPhone
  readonly talkMs: number
  endsAtMs: number | undefined
}

/** A day of calls through one core, over a wire that loses, repeats and reorders. */
class Day {
  readonly bench = openBench()
  readonly bridge = bridge(this.bench)
  readonly answered: Record<Kind, number>
  /** Calls of which a phone still believes something. */
  readonly calls = new Set<Call>()
  readonly #phones = new Map<number, LossyPhone>()
  readonly #chance = seededChance(1)
  readonly #random = countedRandom()
  #placed = 0

  constructor() {
    this.answered = { talked: 0, cancelled: 0, busy: 0, abandoned: 0, lasting: 0 }
    const source = { protocol: 'udp', address: '127.0.0.1', port: 5060 } as const
    this.bench.wiring.onSend = ({ message, to }) =>
      this.#carry(() => {
        const phone = this.#phones.get(to.port)
        const listener = phone?.transport.listeners[0]
        if (phone && listener) phone.layer.receive({ message, source, listener, size: 0 })
      })
  }

  /** Places the next call. */
  place(): void {
    const luck = this.#chance()
    const kind = mix.find(([, upTo]) => luck < upTo)?.[0] ?? 'talked'
    const number = this.#placed++
    const timed = kind === 'lasting' || kind === 'abandoned'
    const refresher = kind === 'abandoned' ? number % 2 : 0
    const caller = this.#phone('alice', portMin + 2 * number, {
      callId: `day-${number}`,
      headers: timed ? (timers[refresher] ?? []) : [],
    })
    const callee = this.#phone('bob', portMin + 2 * number + 1, {
      ringMs: (kind === 'cancelled' ? 20_000 : 0) + this.#chance() * 6_000,
      status: kind === 'busy' ? 486 : 200,
    })
    const talkMs = this.#chance() * (kind === 'lasting' ? 4 * hourMs : 180_000)
    this.calls.add({ kind, number, caller, callee, talkMs, endsAtMs: undefined })
    const cancelAfterMs = kind === 'cancelled' ? this.#chance() * 15_000 : undefined
    caller.call(cancelAfterMs, String(callee.port))
  }

  /** Lets time pass, and the phones do what they have to. */
  pass(ms: number): void {
    this.bench.clock.advance(ms)
    this.bench.take()
    for (const call of this.calls) this.#look(call)
  }

  #look(call: Call): void {
    const { caller, callee } = call
    const nowMs = this.bench.clock.monotonic()
    if (caller.state === 'talking' && callee.state === 'talking') {
      if (call.endsAtMs === undefined) this.answered[call.kind] += 1
      call.endsAtMs ??= nowMs + call.talkMs
      if (nowMs >= call.endsAtMs) this.#end(call)
      return
    }
    const isOver = [caller, callee].every(({ state }) => state === 'over' || state === 'idle')
    if (isOver && caller.layer.size + callee.layer.size === 0) this.#forget(call)
  }

  #end(call: Call) {
    if (call.kind === 'abandoned') return this.#forget(call)
    const by = call.number % 3
    if (by === 0) call.caller.hangUp()
    else if (by === 1) call.callee.hangUp()
    else this.bridge.end(`day-${call.number};from-tag=alice`)
  }

  /** From here on nobody hears what is sent to its phones. */
  #forget(call: Call): void {
    for (const phone of [call.caller, call.callee]) {
      this.#phones.delete(phone.port)
      phone.transport.onSend = () => undefined
    }
    this.calls.delete(call)
  }

  #phone(name: string, port: number, more: Partial<PhoneOptions>): LossyPhone {
    const phone = new LossyPhone(this.bench.clock, { name, port, random: this.#random, ...more })
    phone.transport.onSend = ({ bytes }) =>
      this.#carry(() => this.bench.receive(bytes.toString(), { port }))
    this.#phones.set(port, phone)
    return phone
  }

  #carry(deliver: () => void): void {
    if (this.#chance() < weather.lost) return
    const copies = this.#chance() < weather.doubled ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      this.bench.clock.after(this.#chance() * weather.delayMaxMs, deliver)
    }
  }
}

test('a day of calls leaves no dialog, transaction or timer', { timeout: testTimeoutMs }, () => {
  const untouched = openBench().clock.pendingCount
  const day = new Day()
  const { running, clock, faults } = day.bench
  /** Dialogs at once, hour by hour. */
  const dialogs: number[] = []
  for (let at = 1; at <= callsOfDay; at++) {
    day.place()
    day.pass(turnMs)
    if (at % callsOfHour === 0) dialogs.push(running.sizes().dialogs)
  }
  for (let ms = 0; ms < 5 * hourMs; ms += 60_000) day.pass(60_000)
  expect(day.answered.talked).toBeGreaterThan(callsOfDay / 2)
  expect(day.answered.lasting).toBeGreaterThan(callsOfDay / 30)
  expect(day.answered.abandoned).toBeGreaterThan(callsOfDay / 30)
  // The longest calls take four hours: from then on there are no more than there were.
  expect(Math.max(...dialogs.slice(14))).toBeLessThan(1.5 * Math.max(...dialogs.slice(4, 14)))
  expect(faults).toEqual([])
  expect(day.calls.size).toBe(0)
  expect(day.bridge.size).toBe(0)
  expect(running.sizes()).toEqual({ inbound: 0, outbound: 0, dialogs: 0, invites: 0 })
  expect(running.layer.size).toBe(0)
  expect(running.unheard()).toBe(0)
  expect(clock.pendingCount).toBe(untouched)
})
