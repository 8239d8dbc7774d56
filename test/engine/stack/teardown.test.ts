import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { answerTo, type Bench, type FakeApp, header, inDialog, invite, openBench } from './bench.ts'

const nothing = { inbound: 0, outbound: 0, dialogs: 0, invites: 0 }

function dial(bench: Bench, app: FakeApp): Request {
  bench.sip(app, '', 'INVITE sip:bob@127.0.0.1:5080 SIP/2.0\n')
  return bench.requests().at(-1) as Request
}

function answer(bench: Bench, app: FakeApp): string {
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  return header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
}

test('an app gone before it has answered: 503 to the caller at once', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  bench.drop(app)
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 503])
  expect(bench.running.sizes()).toEqual(nothing)
})

test('an app gone while its call rings: CANCEL, and an answer all the same is ACKed and ended', () => {
  const bench = openBench()
  const app = bench.app()
  const request = dial(bench, app)
  bench.receive(answerTo(request, 180), { port: 5080 })
  bench.drop(app)
  const cancel = bench.requests().at(-1)
  expect(cancel?.method).toBe('CANCEL')
  expect(header(cancel, 'Reason')).toContain('Application disconnected')
  bench.take()
  bench.receive(answerTo(request, 200), { port: 5080 })
  const [ack, bye] = bench.requests()
  expect([ack?.method, bye?.method]).toEqual(['ACK', 'BYE'])
  bench.receive(answerTo(bye as Request, 200), { port: 5080 })
  bench.clock.advance(33_000)
  expect(bench.running.sizes()).toEqual(nothing)
})

test('an app gone after the 200 came and before its ACK: the engine ACKs, then BYE', () => {
  const bench = openBench()
  const app = bench.app()
  const request = dial(bench, app)
  bench.receive(answerTo(request, 200), { port: 5080 })
  bench.take()
  bench.drop(app)
  expect(bench.requests().map(({ method }) => method)).toEqual(['ACK', 'BYE'])
})

test('an app gone before the caller has ACKed: the BYE waits for the ACK', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const toTag = answer(bench, app)
  bench.drop(app)
  expect(bench.requests()).toEqual([])
  bench.receive(inDialog('INFO', 2, toTag))
  expect(bench.responses().at(-1)?.status).toBe(481)
  bench.receive(inDialog('ACK', 1, toTag))
  const [bye] = bench.requests()
  expect(bye?.method).toBe('BYE')
  expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="Application disconnected"')
  bench.receive(answerTo(bye as Request, 200))
  expect(bench.running.sizes()).toEqual(nothing)
})

test('an app gone before the caller has ACKed, and the caller hangs up: 200 and nothing is left', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const toTag = answer(bench, app)
  bench.drop(app)
  bench.receive(inDialog('BYE', 2, toTag))
  expect(bench.responses().at(-1)?.status).toBe(200)
  bench.clock.advance(40_000)
  expect(bench.requests()).toEqual([])
  expect(bench.running.sizes()).toEqual(nothing)
})

test('an app gone with a BYE and a re-INVITE unanswered: 200 and 503', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const toTag = answer(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INVITE', 2, toTag))
  bench.drop(app)
  expect(bench.responses().at(-1)?.status).toBe(503)
  const other = bench.app('invite')
  bench.receive(invite('', { callId: 'call-1', cseq: 9 }))
  expect(bench.responses().at(-1)?.status).toBe(491)
  expect(other.frames).toEqual([])
})

test('the app hangs up before the caller has ACKed: the BYE waits, then goes with its reply', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const toTag = answer(bench, app)
  const frameId = bench.sip(app, '|call-1;from-tag=al', 'BYE sip:placeholder SIP/2.0\n')
  expect(bench.requests()).toEqual([])
  expect(app.replies(frameId)).toEqual([])
  bench.receive(inDialog('ACK', 1, toTag))
  expect(bench.requests()[0]?.method).toBe('BYE')
  expect(app.replies(frameId)[0]?.fields[3]).toBe('OK')
})

test('a BYE by the app cancels its own open re-INVITE first, and ACKs it if it succeeds', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const toTag = answer(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.take()
  const ids = '|call-1;from-tag=al'
  bench.sip(app, ids, 'INVITE sip:placeholder SIP/2.0\n')
  const reinvite = bench.requests()[0] as Request
  bench.receive(answerTo(reinvite, 180))
  bench.sip(app, ids, 'BYE sip:placeholder SIP/2.0\n')
  expect(bench.requests().map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'BYE'])
  bench.receive(answerTo(bench.requests()[2] as Request, 200))
  bench.take()
  bench.receive(answerTo(reinvite, 200))
  expect(bench.requests().map(({ method }) => method)).toEqual(['ACK'])
  expect(bench.running.sizes()).toMatchObject({ outbound: 0, dialogs: 0 })
})

test('calls of one app go on when another is gone', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const other = bench.app()
  const toTag = answer(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  dial(bench, other)
  bench.take()
  bench.drop(other)
  expect(bench.requests().filter(({ method }) => method === 'BYE')).toEqual([])
  bench.receive(inDialog('INFO', 2, toTag))
  expect(app.deliveries('INFO')).toHaveLength(1)
})

test('a fault of ours while a timer runs, an answer comes or an app goes is reported and costs that call alone', () => {
  const bench = openBench({}, undefined, { isGuarded: true })
  const app = bench.app('invite')
  const other = bench.app()
  answer(bench, app)
  const request = dial(bench, app)
  const kept = dial(bench, other)
  bench.receive(answerTo(kept, 180), { port: 5080 })
  bench.wiring.onFrame = () => {
    throw new Error('broken')
  }
  bench.receive(answerTo(request, 404), { port: 5080 })
  bench.clock.advance(32_000)
  expect(bench.faults).toHaveLength(2)
  bench.drop(app)
  bench.wiring.onFrame = () => undefined
  bench.receive(answerTo(kept, 200), { port: 5080 })
  expect(other.delivered('SIP/2.0 200')).toBeDefined()
})

test('a BYE of the app that nothing leads anywhere with ends the dialog all the same', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const over = { protocol: 'tcp', port: 40_000, connection: 7 } as const
  const ours = '<sip:alice@127.0.0.1:5060;transport=tcp>'
  const text = invite().replace('SIP/2.0/UDP', 'SIP/2.0/TCP')
  bench.receive(text.replace(/Contact: .*/, `Contact: ${ours}`), over)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag), over)
  bench.disconnect(7)
  const frameId = bench.sip(app, '|call-1;from-tag=al', 'BYE sip:placeholder SIP/2.0\n')
  expect(app.replies(frameId)[0]?.fields[3]).toBe('NOK')
  expect(bench.running.sizes()).toEqual(nothing)
})

test.each([
  ['ws', 180],
  ['wss', 183],
] as const)(
  'a call over %s that rings is called off once its connection is gone',
  (protocol, status) => {
    const bench = openBench()
    const app = bench.app('invite')
    const over = { protocol, port: 40_000, connection: 7 } as const
    bench.receive(invite().replace('SIP/2.0/UDP', `SIP/2.0/${protocol.toUpperCase()}`), over)
    bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', `SIP/2.0 ${status} Ringing\n`)
    bench.clock.advance(2_000)
    expect(app.delivered('CANCEL')).toBeUndefined()
    bench.disconnect(7)
    bench.clock.advance(1_000)
    const told = app.delivered('CANCEL')
    // Size 0: nobody has sent it.
    expect(told?.fields.slice(2, 4)).toEqual(['network', '0'])
    expect(told?.text).toContain('SIP;cause=487;text="Connection closed"')
    expect(bench.running.sizes()).toEqual(nothing)
  },
)

test('a call over TCP goes on ringing when its connection is gone: the answer may open another', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const over = { protocol: 'tcp', port: 40_000, connection: 7 } as const
  bench.receive(invite().replace('SIP/2.0/UDP', 'SIP/2.0/TCP'), over)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 180 Ringing\n')
  bench.disconnect(7)
  bench.clock.advance(5_000)
  expect(app.delivered('CANCEL')).toBeUndefined()
})
