import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { createTransactionLayer } from '../../../src/engine/transaction/layer.ts'
import type {
  ClientTransaction,
  ServerTransaction,
  TransactionLayer,
  TransactionUser,
} from '../../../src/engine/transaction/types.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { arrive, FakeTransport, header, outgoing, responseTo, udp } from './fixtures.ts'

/** What the wire does with one datagram: each copy arrives after its delay; none: it is lost. */
type Fate = readonly number[]

interface Script {
  readonly method: 'INVITE' | 'OPTIONS'
  readonly fates: readonly Fate[]
  readonly provisional: { readonly status: number; readonly afterMs: number }
  readonly final: { readonly status: number; readonly afterMs: number }
  readonly cancelAfterMs: number | undefined
}

/**
 * RFC 3261 17 holds only while no datagram is under way for longer than the last repetition of a
 * request leaves before its server forgets it: T1, since a request is last sent at 63*T1.
 */
const delayMs = fc.nat(490)
const fates = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(delayMs) },
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(delayMs, { minLength: 2, maxLength: 3 }) },
)

const scripts: fc.Arbitrary<Script> = fc.record({
  method: fc.constantFrom('INVITE', 'OPTIONS'),
  fates: fc.array(fates, { minLength: 1, maxLength: 40 }),
  provisional: fc.record({ status: fc.constantFrom(180, 183), afterMs: fc.nat(3000) }),
  final: fc.record({ status: fc.constantFrom(200, 202, 404, 486, 603), afterMs: fc.nat(40_000) }),
  cancelAfterMs: fc.option(fc.nat(20_000), { nil: undefined }),
})

/** The status of a response passed to the client, or that nothing came. */
type Outcome = number | 'timeout'

/** Longer than any transaction here can live. */
const allMs = 200_000

/** By then a client that still waits gives up, as RFC 3261 leaves it to its user. */
const patienceMs = 90_000

test('on a wire that loses, repeats and reorders, a client ends once and a server hears once', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const { outcomes, requests, cancels, acked, sizes, pending } = play(script)
      const isEnd = (outcome: Outcome) => outcome === 'timeout' || outcome >= 200
      const ends = outcomes.filter(isEnd)
      // Repetitions of a 2xx to INVITE are all passed; anything else ends the client only once.
      expect(new Set(ends).size).toBe(1)
      if (script.method !== 'INVITE' || !is2xx(ends[0])) expect(ends.length).toBe(1)
      expect(outcomes.findIndex(isEnd)).toBe(outcomes.length - ends.length)
      // Nothing reaches the client but what the callee said: repetitions are no new requests.
      const said: Outcome[] = [script.final.status, script.provisional.status, 'timeout']
      if (script.method === 'INVITE') said.push(100, 487)
      expect(said).toEqual(expect.arrayContaining(outcomes))
      expect(requests).toBeLessThanOrEqual(1)
      expect(cancels).toBeLessThanOrEqual(1)
      if (script.method === 'OPTIONS') expect(acked).toBe(0)
      expect(sizes).toEqual([0, 0])
      expect(pending).toBe(0)
    }),
    { numRuns: 400 },
  )
})

test('on a wire that loses every other datagram, every kind of request gets its answer', () => {
  for (const method of ['INVITE', 'OPTIONS'] as const) {
    for (const status of [200, 486]) {
      const { outcomes, requests } = play({
        method,
        fates: [[], [10]],
        provisional: { status: 180, afterMs: 100 },
        final: { status, afterMs: 2000 },
        cancelAfterMs: undefined,
      })
      expect(outcomes).toContain(status)
      expect(requests).toBe(1)
    }
  }
})

function play(script: Script) {
  const clock = new FakeClock()
  const notes = { outcomes: [] as Outcome[], requests: 0, cancels: 0, acked: 0 }
  const nextFate = fateOf(script)
  const caller = end(clock, 1, {
    onRequest: () => undefined,
    onCancel: () => undefined,
    onAck: () => undefined,
    onStrayResponse: () => undefined,
  })
  const callee = end(
    clock,
    1_000_000,
    answering(clock, script, notes, () => callee.layer),
  )
  join(clock, caller, callee, nextFate)
  join(clock, callee, caller, nextFate)
  call(clock, caller.layer, script, notes.outcomes)
  clock.advance(allMs)
  return { ...notes, sizes: [caller.layer.size, callee.layer.size], pending: clock.pendingCount }
}

function fateOf(script: Script): () => Fate {
  let at = 0
  return () => script.fates[at++ % script.fates.length] ?? []
}

interface End {
  readonly transport: FakeTransport
  readonly layer: TransactionLayer
}

function end(clock: FakeClock, seed: number, user: TransactionUser): End {
  const transport = new FakeTransport(clock)
  const limits = { transactionsMax: 100, retryAfterMaxS: 1 }
  const random = countedRandom(seed)
  return {
    transport,
    layer: createTransactionLayer({ transport, user, clock, random, limits }),
  }
}

function join(clock: FakeClock, from: End, to: End, nextFate: () => Fate): void {
  from.transport.onSend = ({ bytes }) => {
    for (const afterMs of nextFate()) {
      clock.after(afterMs, () => {
        const result = parseMessage(bytes, 'datagram')
        if (result.ok) to.layer.receive(arrive(result.message))
      })
    }
  }
}

function call(
  clock: FakeClock,
  layer: TransactionLayer,
  script: Script,
  outcomes: Outcome[],
): void {
  const transaction: ClientTransaction = layer.send(outgoing(script.method), udp, {
    onResponse: (response) => {
      outcomes.push(response.status)
      if (script.method === 'INVITE' && is2xx(response.status)) layer.sendAck(outgoing('ACK'), udp)
    },
    onTimeout: () => void outcomes.push('timeout'),
    onTransportError: () => void outcomes.push('timeout'),
  })
  if (script.method !== 'INVITE') return
  const { cancelAfterMs = patienceMs } = script
  clock.after(cancelAfterMs, () => {
    if (!transaction.finished) layer.cancel(transaction, [])
  })
}

/** A callee that rings, answers, repeats its 2xx until the ACK and obeys a CANCEL. */
function answering(
  clock: FakeClock,
  script: Script,
  notes: { requests: number; cancels: number; acked: number },
  layer: () => TransactionLayer,
): TransactionUser {
  const respond = (transaction: ServerTransaction, status: number) => {
    if (transaction.finished) return
    const bytes = transaction.respond(responseTo(transaction.arrival.message, status))
    if (script.method !== 'INVITE' || !is2xx(status)) return
    const to = layer().responseDestination(transaction)
    for (let atMs = 500; atMs <= 32_000; atMs += 4000) {
      clock.after(atMs, () => void (notes.acked || layer().repeat(bytes, to)))
    }
  }
  return {
    onRequest: (transaction) => {
      notes.requests++
      expect(header(transaction.arrival.message, 'CSeq')).toBe(`1 ${script.method}`)
      for (const { status, afterMs } of [script.provisional, script.final]) {
        clock.after(afterMs, () => respond(transaction, status))
      }
    },
    onCancel: (invite) => {
      notes.cancels++
      respond(invite, 487)
    },
    onAck: () => void notes.acked++,
    onStrayResponse: () => undefined,
  }
}

function is2xx(outcome: Outcome | undefined): boolean {
  return typeof outcome === 'number' && outcome >= 200 && outcome < 300
}
