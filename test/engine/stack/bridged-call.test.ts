import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countedRandom } from '../../support/counted-random.ts'
import { openBench } from './bench.ts'
import { type Bridge, bridge } from './bridge.ts'
import { LossyPhone } from './lossy-phone.ts'

/** What the wire does with one datagram: each copy arrives after its delay; none: it is lost. */
type Fate = readonly number[]

const delayMs = fc.nat(490)
// One in ten is lost, one in ten comes twice, and whatever comes may overtake.
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(delayMs) },
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.tuple(delayMs, delayMs) },
)

const scripts = fc.record({
  fates: fc.array(fate, { minLength: 40, maxLength: 200 }),
  ringMs: fc.nat(5_000),
  talkMs: fc.nat(20_000),
  endedBy: fc.constantFrom('caller', 'callee', 'application' as const),
  cancelAfterMs: fc.option(fc.nat(6_000), { nil: undefined }),
})

type Script = typeof scripts extends fc.Arbitrary<infer S> ? S : never

/** The caller's Call-ID and tag, as the protocol names its dialog. */
const callerDialog = 'lossy-1;from-tag=alice'

/** Longer than anything of a call can live. */
const allMs = 400_000

test('over a wire that loses one message in ten both ways, repeats and reorders, every call ends on all sides', () => {
  let talked = 0
  fc.assert(
    fc.property(scripts, (script) => {
      const { bench, caller, callee, wasUp } = play(script)
      if (wasUp) talked += 1
      expect(bench.faults).toEqual([])
      expect(caller.state).toBe('over')
      expect(['idle', 'over']).toContain(callee.state)
      expect(bench.running.sizes()).toEqual({ inbound: 0, outbound: 0, dialogs: 0, invites: 0 })
      expect([bench.running.layer.size, caller.layer.size, callee.layer.size]).toEqual([0, 0, 0])
      expect(bench.running.unheard()).toBe(0)
    }),
    { numRuns: 300 },
  )
  expect(talked).toBeGreaterThan(100)
})

function play(script: Script) {
  const bench = openBench()
  const { clock } = bench
  const caller = new LossyPhone(clock, { name: 'alice', random: countedRandom(1) })
  const callee = new LossyPhone(clock, {
    name: 'bob',
    random: countedRandom(1_000_000),
    ringMs: script.ringMs,
  })
  let at = 0
  const carry = (deliver: () => void) => {
    for (const afterMs of script.fates[at++ % script.fates.length] ?? []) {
      clock.after(afterMs, deliver)
    }
  }
  for (const phone of [caller, callee]) {
    phone.transport.onSend = ({ bytes }) =>
      carry(() => bench.receive(bytes.toString(), { port: phone.port }))
  }
  bench.wiring.onSend = ({ message, to }) => {
    const phone = to.port === caller.port ? caller : callee
    const source = { protocol: 'udp', address: '127.0.0.1', port: 5060 } as const
    const [listener] = phone.transport.listeners
    if (listener) carry(() => phone.layer.receive({ message, source, listener, size: 0 }))
  }
  const calls = bridge(bench)
  caller.call(script.cancelAfterMs)
  let wasUp = false
  for (let ms = 0; ms < allMs; ms += 1_000) {
    clock.advance(1_000)
    if (caller.state !== 'talking' || callee.state !== 'talking') continue
    if (!wasUp) clock.after(script.talkMs, () => endCall(script, { caller, callee, calls }))
    wasUp = true
  }
  return { bench, caller, callee, wasUp }
}

function endCall(
  script: Script,
  { caller, callee, calls }: { caller: LossyPhone; callee: LossyPhone; calls: Bridge },
) {
  if (script.endedBy === 'caller') caller.hangUp()
  else if (script.endedBy === 'callee') callee.hangUp()
  else calls.end(callerDialog)
}
