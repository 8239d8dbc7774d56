import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bench, openBench, type SeenFrame } from './bench.ts'
import { LossyPhone, portOf } from './lossy-phone.ts'

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
  const caller = new LossyPhone(clock, 'alice', 1)
  const callee = new LossyPhone(clock, 'bob', 1_000_000, script.ringMs)
  let at = 0
  const carry = (deliver: () => void) => {
    for (const afterMs of script.fates[at++ % script.fates.length] ?? []) {
      clock.after(afterMs, deliver)
    }
  }
  for (const [name, phone] of [['alice', caller] as const, ['bob', callee] as const]) {
    phone.transport.onSend = ({ bytes }) =>
      carry(() => bench.receive(bytes.toString(), { port: portOf(name) }))
  }
  bench.wiring.onSend = ({ message, to }) => {
    const phone = to.port === portOf('alice') ? caller : callee
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
  else calls.end()
}

interface Bridge {
  /** The application ends both legs. */
  end(): void
}

/** The smallest back-to-back user agent that there is, on the far side of the admin protocol. */
function bridge(bench: Bench): Bridge {
  const app = bench.app('invite')
  const legs = { callerTransaction: '', callerDialog: '', calleeTransaction: '', calleeDialog: '' }
  let inviteFrame = ''
  const ended = new Set<string>()
  const sip = (ids: string, text: string) => bench.sip(app, ids, text)
  const bye = (dialogId: string) => {
    if (dialogId === '' || ended.has(dialogId)) return
    ended.add(dialogId)
    sip(`|${dialogId}`, 'BYE sip:x SIP/2.0\n')
  }
  const react = ({ fields, text }: SeenFrame) => {
    const [, , , , , , , , transactionId = '', dialogId = ''] = fields
    if (fields[1] === 'response') {
      if (fields[2] === inviteFrame) legs.calleeTransaction = fields[10] ?? ''
      return
    }
    if (text.startsWith('INVITE')) {
      legs.callerTransaction = transactionId
      inviteFrame = sip('', 'INVITE sip:bob@127.0.0.1:5080 SIP/2.0\n')
    } else if (text.startsWith('SIP/2.0 180')) sip(legs.callerTransaction, 'SIP/2.0 180 Ringing\n')
    else if (text.startsWith('SIP/2.0 200') && text.includes(' INVITE')) {
      legs.calleeDialog = dialogId
      sip(`|${dialogId}`, 'ACK sip:x SIP/2.0\n')
      const frame = sip(legs.callerTransaction, 'SIP/2.0 200 OK\n')
      // A caller who has cancelled meanwhile can't be answered: the callee is told.
      if (app.replies(frame)[0]?.fields[3] === 'OK') legs.callerDialog = callerDialog
      else bye(dialogId)
    } else if (text.startsWith('SIP/2.0') && text.includes(' INVITE')) {
      const status = Number(text.slice(8, 11))
      if (status >= 300) sip(legs.callerTransaction, `SIP/2.0 ${status} Over\n`)
    } else if (text.startsWith('CANCEL')) {
      sip(legs.calleeTransaction, 'CANCEL sip:bob@127.0.0.1:5080 SIP/2.0\n')
    } else if (text.startsWith('BYE')) {
      // One that the engine has sent by itself is told, not asked.
      if (transactionId !== 'unsolicited') sip(transactionId, 'SIP/2.0 200 OK\n')
      ended.add(dialogId)
      bye(dialogId === legs.calleeDialog ? legs.callerDialog : legs.calleeDialog)
    }
  }
  // Not before the core has returned, as over a socket.
  bench.wiring.onFrame = (frame) => void bench.clock.after(1, () => react(frame))
  return {
    end: () => {
      bye(legs.callerDialog)
      bye(legs.calleeDialog)
    },
  }
}
