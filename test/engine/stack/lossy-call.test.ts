import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bench, type FakeApp, openBench, type SeenFrame, type Sent } from './bench.ts'

/** What the wire does with one datagram: each copy arrives after its delay; none: it is lost. */
type Fate = readonly number[]

const delayMs = fc.nat(400)
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(delayMs) },
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(delayMs, { minLength: 2, maxLength: 3 }) },
)
const scripts = fc.record({
  fates: fc.array(fate, { minLength: 1, maxLength: 60 }),
  ringings: fc.integer({ min: 1, max: 4 }),
  described: fc.boolean(),
})

/** Two cores with an application each, on one wire. */
class Pair {
  readonly caller = openBench()
  readonly callee = openBench()
  readonly callerApp = this.caller.app()
  readonly calleeApp = this.callee.app('invite')
  readonly #fates: readonly Fate[]
  readonly #under: { readonly atMs: number; readonly bytes: Buffer; readonly to: Bench }[] = []
  #nextFate = 0
  nowMs = 0

  constructor(fates: readonly Fate[]) {
    this.#fates = fates
  }

  /** Lets time pass on both sides, a few milliseconds at a time, and carries what was sent. */
  pass(ms: number, turn: () => void): void {
    const stepMs = 50
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += stepMs) {
      this.#carry(this.caller.take(), this.callee)
      this.#carry(this.callee.take(), this.caller)
      for (const due of this.#under.filter(({ atMs }) => atMs <= this.nowMs)) {
        this.#under.splice(this.#under.indexOf(due), 1)
        due.to.receive(swapped(due.bytes.toString()))
      }
      turn()
      this.caller.clock.advance(stepMs)
      this.callee.clock.advance(stepMs)
    }
  }

  #carry(sent: readonly Sent[], to: Bench): void {
    for (const { bytes } of sent) {
      const fates = this.#fates[this.#nextFate++ % this.#fates.length] ?? []
      for (const afterMs of fates) this.#under.push({ atMs: this.nowMs + afterMs, bytes, to })
    }
  }
}

/** Both cores listen on port 5060; each sees the other one at 5070. */
function swapped(text: string): string {
  return text.replace(
    /127\.0\.0\.1:50([67])0/g,
    (_, digit) => `127.0.0.1:50${digit === '6' ? 7 : 6}0`,
  )
}

test('on a wire that loses nothing every reliable response is heard, and the answer', () => {
  const { heard, pracks, answers } = play({ fates: [[10]], ringings: 3, described: true })
  expect(heard).toEqual(['180 Ringing 0', '180 Ringing 1', '180 Ringing 2'])
  expect(pracks).toHaveLength(3)
  expect(answers).toBe(1)
})

test('on a wire that loses and repeats, each reliable response is heard once, in order, or the call ends', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const { heard, pracks, answers, faults } = play(script)
      const wanted = Array.from({ length: script.ringings }, (_, at) => `180 Ringing ${at}`)
      expect(heard).toEqual(wanted.slice(0, heard.length))
      expect(new Set(pracks).size).toBe(pracks.length)
      // RFC 3262 3: the answer waits for the PRACK of every description.
      if (script.described && answers > 0) expect(heard).toEqual(wanted)
      expect(faults).toEqual([])
    }),
    { numRuns: 20 },
  )
})

interface Script {
  readonly fates: readonly Fate[]
  readonly ringings: number
  readonly described: boolean
}

/** A call whose callee rings several times reliably and answers at once. */
function play({ fates, ringings, described }: Script) {
  const pair = new Pair(fates)
  const { caller, callee, callerApp, calleeApp } = pair
  const offer = 'Supported: 100rel\nContent-Type: application/sdp\n\nv=0'
  caller.sip(callerApp, '|', `INVITE sip:bob@127.0.0.1:5070 SIP/2.0\n${offer}`)
  let rang = 0
  let acknowledged = 0
  pair.pass(70_000, () => {
    const invite = calleeApp.delivered('INVITE')
    if (invite && rang === 0) {
      const body = described ? 'Content-Type: application/sdp\n\nv=0' : '\n'
      const transactionId = invite.fields[8] ?? ''
      for (; rang < ringings; rang++) {
        callee.sip(
          calleeApp,
          transactionId,
          `SIP/2.0 180 Ringing ${rang}\nRequire: 100rel\n${body}`,
        )
      }
      callee.sip(calleeApp, transactionId, 'SIP/2.0 200 OK\n')
    }
    for (const ring of callerApp.deliveries('SIP/2.0 180').slice(acknowledged)) {
      acknowledged += 1
      caller.sip(callerApp, `|${ring.fields[9]}`, 'PRACK sip:placeholder SIP/2.0\n\n')
    }
    for (const prack of calleeApp.deliveries('PRACK')) {
      callee.sip(calleeApp, prack.fields[8] ?? '', 'SIP/2.0 200 OK\n')
    }
    for (const ok of answersTo(callerApp)) {
      caller.sip(callerApp, `|${ok.fields[9]}`, 'ACK sip:placeholder SIP/2.0\n\n')
    }
  })
  return {
    heard: callerApp.deliveries('SIP/2.0 180').map(({ text }) => text.slice(8, 21)),
    pracks: calleeApp.deliveries('PRACK').map(({ text }) => /RAck: (.*)\r/.exec(text)?.[1] ?? ''),
    answers: answersTo(callerApp).length,
    faults: [...caller.faults, ...callee.faults],
  }
}

function answersTo(app: FakeApp): SeenFrame[] {
  return app.deliveries('SIP/2.0 200').filter(({ text }) => /CSeq: \d+ INVITE/.test(text))
}
