import { expect, test } from 'vitest'
import { answer200, answered, header, inDialog, invite, openBench, wire } from './bench.ts'

test('an INVITE is delivered with its twelve fields, after a 100 without To tag', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  expect(bench.responses().map(({ status }) => status)).toEqual([100])
  expect(header(bench.responses()[0], 'To')).toBe('<sip:bob@127.0.0.1:5060>')
  const { fields = [], text = '' } = app.frames[0] ?? {}
  expect(fields.slice(1, 8)).toEqual([
    'sip',
    'network',
    `${wire(invite()).length}`,
    'udp',
    '127.0.0.1',
    '5070',
    '12:00:00.000000',
  ])
  expect(fields.slice(9)).toEqual(['', '127.0.0.1', '5060', ''])
  expect(text).toContain('Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-call-1-1')
})

test('an app that asked for it by `terse` has one frame of a call that it refuses: the INVITE', () => {
  const bench = openBench()
  const app = bench.app('invite', 'terse')
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  bench.sip(app, transactionId, 'SIP/2.0 403 Forbidden\n')
  const refusal = bench.responses().at(-1)
  expect(refusal?.status).toBe(403)
  const to = header(refusal, 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, to).replace('ACK-1', 'call-1-1'))
  bench.clock.advance(40_000)
  expect(app.frames).toHaveLength(1)
  const late = bench.sip(app, transactionId, 'SIP/2.0 403 Forbidden\n')
  expect(app.replies(late)[0]?.fields[3]).toBe('NOK')
})

test('an app that asked for it by `terse` hears of the answer that opens a dialog, and not of the last', () => {
  const bench = openBench()
  const app = bench.app('invite', 'terse')
  const { toTag, dialogId } = answered(bench, app)
  expect(dialogId).not.toBe('')
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('BYE', 2, toTag))
  const frameId = bench.sip(app, app.delivered('BYE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  expect(bench.responses().at(-1)?.status).toBe(200)
  expect(app.replies(frameId)).toEqual([])
})

test('a 200 opens the dialog, is echoed as sent, and its ACK comes under the INVITE id', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  const ringing = bench.sip(app, transactionId, 'SIP/2.0 180 Ringing\n')
  const frameId = bench.sip(app, transactionId, answer200)
  const reply = app.replies(frameId)[0]
  expect(reply?.fields.slice(3, 9)).toEqual([
    'OK',
    'application',
    `${bench.sent.at(-1)?.bytes.length}`,
    'udp',
    '127.0.0.1',
    '5070',
  ])
  expect(reply?.fields.slice(10)).toEqual([
    transactionId,
    'call-1;from-tag=al',
    '',
    'Msg sent:',
    '',
  ])
  expect(reply?.text).toBe(bench.sent.at(-1)?.bytes.toString())
  const [ring, ok] = bench.responses().slice(-2)
  expect(header(ok, 'Contact')).toBe('<sip:127.0.0.1:5060>')
  // RFC 3261 12.1.1: an early dialog has a Contact as well.
  expect(header(ring, 'Contact')).toBe('<sip:127.0.0.1:5060>')
  expect(header(ring, 'To')).toBe(header(ok, 'To'))
  expect(app.replies(ringing)[0]?.fields[11]).toBe('call-1;from-tag=al')
  bench.receive(inDialog('ACK', 1, header(ok, 'To').split('tag=')[1] ?? ''))
  expect(app.delivered('ACK')?.fields.slice(4)).toEqual([
    'udp',
    '127.0.0.1',
    '5070',
    '12:00:00.000000',
    transactionId,
    'call-1;from-tag=al',
    '',
  ])
})

test('a repeated ACK and a stray one reach nobody', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('ACK', 7, toTag))
  bench.receive(inDialog('ACK', 1, 'nobody'))
  expect(app.deliveries('ACK')).toHaveLength(1)
})

test('a 2xx is repeated until its ACK: T1, doubling up to T2', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  const times: number[] = []
  const startMs = bench.clock.now()
  bench.take()
  for (let step = 0; step < 100; step++) {
    bench.clock.advance(100)
    for (const _ of bench.take()) times.push(bench.clock.now() - startMs)
  }
  expect(times).toEqual([500, 1500, 3500, 7500])
  bench.receive(inDialog('ACK', 1, toTag))
  bench.clock.advance(40_000)
  expect(bench.take()).toEqual([])
})

test('without an ACK the call ends after 64*T1 by a BYE that the app is told of', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { dialogId, toTag } = answered(bench, app)
  bench.clock.advance(31_999)
  expect(bench.requests()).toEqual([])
  bench.clock.advance(1)
  const bye = bench.requests()[0]
  expect(bye?.method).toBe('BYE')
  expect(bye?.uri).toBe('sip:alice@127.0.0.1:5070')
  expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="ACK timeout"')
  expect(header(bye, 'From')).toBe(`<sip:bob@127.0.0.1:5060>;tag=${toTag}`)
  expect(header(bye, 'CSeq')).toBe('2 BYE')
  const told = app.delivered('BYE')
  expect(told?.fields.slice(2, 7)).toEqual([
    'application',
    `${bench.sent.at(-1)?.bytes.length}`,
    'udp',
    '127.0.0.1',
    '5060',
  ])
  expect(told?.fields.slice(8)).toEqual(['unsolicited', dialogId, ''])
  bench.clock.advance(40_000)
  expect(bench.running.sizes()).toEqual({ inbound: 0, outbound: 0, dialogs: 0, invites: 0 })
})

test('CANCEL: 200 and 487 to the caller, the app is told and its late answer is refused', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  const cancel = invite().replace(/INVITE/g, 'CANCEL')
  bench.receive(cancel)
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 200, 487])
  expect(app.delivered('CANCEL')?.fields.slice(8)).toEqual([transactionId, '', ''])
  const late = bench.sip(app, transactionId, answer200)
  expect(app.replies(late)[0]?.fields.slice(3)).toEqual([
    'NOK',
    'Response not sent due to unknown transaction',
  ])
  expect(bench.running.sizes()).toMatchObject({ inbound: 0, dialogs: 0 })
})

test('CANCEL after ringing names the dialog', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  bench.sip(app, transactionId, 'SIP/2.0 180 Ringing\n')
  bench.receive(invite().replace(/INVITE/g, 'CANCEL'))
  expect(app.delivered('CANCEL')?.fields[9]).toBe('call-1;from-tag=al')
  expect(bench.running.sizes()).toMatchObject({ inbound: 0, dialogs: 0 })
})

test('BYE is the app to answer, and ends the dialog with its answer', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag, dialogId } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('BYE', 2, toTag))
  const bye = app.delivered('BYE')
  expect(bye?.fields[9]).toBe(dialogId)
  const frameId = bench.sip(app, bye?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const reply = app.replies(frameId)[0]
  expect(reply?.fields.slice(10)).toEqual([bye?.fields[8], '', '', 'Msg sent:', ''])
  expect(bench.running.sizes().dialogs).toBe(0)
  bench.receive(inDialog('INFO', 3, toTag))
  expect(bench.responses().at(-1)?.status).toBe(481)
})

test('BYE in the early dialog: 200, 487 to the INVITE, and the app sees a cancelled call', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  bench.sip(app, transactionId, 'SIP/2.0 180 Ringing\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('BYE', 2, toTag))
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 180, 200, 487])
  expect(app.deliveries('BYE')).toEqual([])
  const cancel = app.delivered('CANCEL')
  expect(cancel?.fields[8]).toBe(transactionId)
  expect(cancel?.text).toContain('CSeq: 1 CANCEL')
  expect(bench.running.sizes()).toMatchObject({ inbound: 0, dialogs: 0 })
})

test('INFO in the early dialog goes to the owner of the call, once and with its dialog', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const other = bench.app('info')
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 183 Progress\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('INFO', 2, toTag))
  expect(app.delivered('INFO')?.fields[9]).toBe('call-1;from-tag=al')
  expect(other.frames).toEqual([])
  bench.sip(app, app.delivered('INFO')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 183, 200])
})

test('a request in a dialog whose number is not higher gets 500', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INFO', 1, toTag))
  expect(bench.responses().at(-1)?.status).toBe(500)
  expect(app.deliveries('INFO')).toEqual([])
})

test('the ACK of a re-INVITE has an id of its own', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag, transactionId } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INVITE', 2, toTag))
  const reinvite = app.delivered('INVITE')?.fields[8] ?? ''
  bench.sip(app, reinvite, answer200)
  bench.receive(inDialog('ACK', 2, toTag))
  const ack = app.delivered('ACK')?.fields[8] ?? ''
  expect(app.deliveries('ACK')).toHaveLength(2)
  expect([transactionId, reinvite]).not.toContain(ack)
})

test('BYE while a re-INVITE waits: the re-INVITE gets 487', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INVITE', 2, toTag))
  bench.receive(inDialog('BYE', 3, toTag))
  const refused = bench.responses().at(-1)
  expect(refused?.status).toBe(487)
  expect(header(refused, 'CSeq')).toBe('2 INVITE')
})

test('an INVITE the app never answers gets 500 after 64 s, which the app is told as a CANCEL', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  bench.clock.advance(63_900)
  expect(bench.responses().map(({ status }) => status)).toEqual([100])
  bench.clock.advance(1_100)
  expect(bench.responses()[1]?.status).toBe(500)
  expect(bench.running.sizes().inbound).toBe(0)
  const told = app.delivered('CANCEL')
  expect(told?.fields[8]).toBe(app.delivered('INVITE')?.fields[8])
  // Nobody has sent it.
  expect(told?.fields[3]).toBe('0')
  expect(told?.text).toContain('Reason: SIP;cause=500;text="Not answered in time"')
  const late = bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', answer200)
  expect(app.replies(late)[0]?.fields[3]).toBe('NOK')
})

test('a ringing INVITE is not timed out with the unanswered ones', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 180 Ringing\n')
  bench.clock.advance(300_000)
  expect(bench.responses().at(-1)?.status).toBe(180)
  bench.clock.advance(301_000)
  expect(bench.responses().some(({ status }) => status === 500)).toBe(true)
  // So that what rings on the other side of the app can be ended.
  expect(app.delivered('CANCEL')?.fields[9]).toBe('call-1;from-tag=al')
})

test('a request in a dialog that the app never answers gets 500 before its sender gives up', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INFO', 2, toTag))
  bench.clock.advance(31_999)
  expect(bench.responses().at(-1)?.status).toBe(500)
  expect(bench.running.sizes().inbound).toBe(0)
})

test('the app chooses the To tag with its first response, and nothing else of the identity', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  const chosen = `SIP/2.0 183 Progress
To: <sip:evil@1.1.1.1>;tag=mine
From: <sip:evil@1.1.1.1>;tag=x
Call-ID: other
CSeq: 99 INFO
Via: SIP/2.0/UDP 6.6.6.6

`
  bench.sip(app, transactionId, chosen)
  bench.sip(app, transactionId, chosen.replace('183', '200').replace('mine', 'changed'))
  for (const response of bench.responses().slice(1)) {
    expect(header(response, 'To')).toBe('<sip:bob@127.0.0.1:5060>;tag=mine')
    expect(header(response, 'From')).toBe('<sip:alice@127.0.0.1:5070>;tag=al')
    expect(header(response, 'Call-ID')).toBe('call-1')
    expect(header(response, 'CSeq')).toBe('1 INVITE')
    expect(response.headers.filter(({ name }) => name === 'Via')).toHaveLength(1)
  }
})

test('only the app that was given a request may answer it', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const thief = bench.app()
  bench.receive(invite())
  const frameId = bench.sip(thief, app.delivered('INVITE')?.fields[8] ?? '', answer200)
  expect(thief.replies(frameId)[0]?.fields[3]).toBe('NOK')
  expect(bench.responses().map(({ status }) => status)).toEqual([100])
})

test('a 202 to INVITE opens a dialog like any other 2xx', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 202 Accepted\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INFO', 2, toTag))
  expect(app.deliveries('ACK')).toHaveLength(1)
  expect(app.deliveries('INFO')).toHaveLength(1)
})
