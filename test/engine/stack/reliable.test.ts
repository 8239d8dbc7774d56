import { expect, test } from 'vitest'
import { waitingMax } from '../../../src/engine/stack/reliable.ts'
import {
  answerTo,
  type Bench,
  type FakeApp,
  header,
  inDialog,
  invite,
  openBench,
  type SeenFrame,
} from './bench.ts'

const sdp = 'Content-Type: application/sdp\n\nv=0'
const reliable183 = `SIP/2.0 183 Session Progress\nRequire: 100rel\n${sdp}`
const reliable180 = 'SIP/2.0 180 Ringing\nRequire: 100rel\n'
const rel = 'Supported: timer, 100rel\n'

/** A call whose app is about to answer it. */
function called(more = rel) {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite(more))
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  bench.take()
  const toTag = () => header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  return { bench, app, transactionId, toTag }
}

function prack(toTag: string, rack: string, more: { cseq?: number; body?: string } = {}) {
  const { cseq = 2, body = '' } = more
  const request = inDialog('PRACK', cseq, toTag, `RAck: ${rack}\n`)
  return body === '' ? request : request.replace('Content-Length: 0\n\n', `${body}`)
}

function verdict(app: FakeApp, frameId: string): readonly string[] {
  return app.replies(frameId)[0]?.fields.slice(3) ?? []
}

test('a provisional response with Require: 100rel has RSeq, Contact and is repeated until its PRACK', () => {
  const { bench, app, transactionId, toTag } = called()
  const frameId = bench.sip(app, transactionId, reliable183)
  const sent = bench.responses().at(-1)
  const rseq = Number(header(sent, 'RSeq'))
  expect(rseq).toBeGreaterThan(0)
  expect(header(sent, 'Require')).toBe('100rel')
  expect(header(sent, 'Contact')).toBe('<sip:127.0.0.1:5060>')
  expect(app.replies(frameId)[0]?.text).toContain(`RSeq: ${rseq}`)
  expect(verdict(app, frameId)[8]).toBe('call-1;from-tag=al')
  const tag = toTag()
  const times: number[] = []
  const startMs = bench.clock.now()
  bench.take()
  for (let step = 0; step < 40; step++) {
    bench.clock.advance(100)
    for (const _ of bench.take()) times.push(bench.clock.now() - startMs)
  }
  expect(times).toEqual([500, 1500, 3500])
  bench.receive(prack(tag, `${rseq} 1 INVITE`))
  const got = app.delivered('PRACK')
  expect(got?.fields[9]).toBe('call-1;from-tag=al')
  bench.sip(app, got?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  expect(header(bench.responses().at(-1), 'CSeq')).toBe('2 PRACK')
  bench.take()
  bench.clock.advance(60_000)
  expect(bench.take()).toEqual([])
})

test('without a PRACK the INVITE ends in 504 after 64*T1, and the app is told of a CANCEL', () => {
  const { bench, app, transactionId } = called()
  bench.sip(app, transactionId, reliable180)
  bench.clock.advance(31_999)
  expect(app.delivered('CANCEL')).toBeUndefined()
  expect(bench.responses().every(({ status }) => status === 180)).toBe(true)
  bench.clock.advance(1)
  expect(bench.responses().at(-1)?.status).toBe(504)
  const told = app.delivered('CANCEL')
  expect(told?.fields[8]).toBe(transactionId)
  expect(told?.fields[3]).toBe('0')
  expect(told?.text).toContain('PRACK timeout')
  expect(bench.running.sizes()).toEqual({ inbound: 0, outbound: 0, dialogs: 0, invites: 0 })
})

test('a second reliable response waits for the PRACK of the first', () => {
  const { bench, app, transactionId, toTag } = called()
  bench.sip(app, transactionId, reliable180)
  const first = Number(header(bench.responses().at(-1), 'RSeq'))
  const tag = toTag()
  bench.take()
  const second = bench.sip(app, transactionId, reliable183)
  expect(bench.take()).toEqual([])
  expect(app.replies(second)).toEqual([])
  bench.receive(prack(tag, `${first} 1 INVITE`))
  expect(header(bench.responses().at(-1), 'RSeq')).toBe(String(first + 1))
  expect(verdict(app, second)[0]).toBe('OK')
  const order = app.frames.map(({ text }) => text.split('\r\n', 1)[0])
  expect(order.indexOf('PRACK sip:127.0.0.1:5060 SIP/2.0')).toBeLessThan(
    order.indexOf('SIP/2.0 183 Session Progress'),
  )
})

test('a PRACK that acknowledges nothing is answered 481 and the response goes on being repeated', () => {
  const { bench, app, transactionId, toTag } = called()
  bench.sip(app, transactionId, reliable180)
  const rseq = Number(header(bench.responses().at(-1), 'RSeq'))
  const tag = toTag()
  const wrong = [`${rseq + 1} 1 INVITE`, `${rseq} 2 INVITE`, `${rseq} 1 UPDATE`, 'x', `${rseq} 1`]
  wrong.forEach((rack, at) => {
    bench.receive(prack(tag, rack, { cseq: 2 + at }))
    expect(bench.responses().at(-1)?.status).toBe(481)
  })
  expect(app.delivered('PRACK')).toBeUndefined()
  bench.take()
  bench.clock.advance(500)
  expect(bench.responses().at(-1)?.status).toBe(180)
})

test('a 2xx waits for the PRACK of a response with a session description', () => {
  const { bench, app, transactionId, toTag } = called()
  bench.sip(app, transactionId, reliable183)
  const rseq = header(bench.responses().at(-1), 'RSeq')
  const tag = toTag()
  bench.take()
  const answer = bench.sip(app, transactionId, `SIP/2.0 200 OK\n${sdp}`)
  expect(bench.take()).toEqual([])
  bench.receive(prack(tag, `${rseq} 1 INVITE`))
  expect(bench.responses().map(({ status }) => status)).toEqual([200])
  expect(verdict(app, answer)[0]).toBe('OK')
})

test('a 2xx does not wait for a ringing without description, whose late PRACK is delivered', () => {
  const { bench, app, transactionId, toTag } = called()
  bench.sip(app, transactionId, reliable180)
  const rseq = header(bench.responses().at(-1), 'RSeq')
  const tag = toTag()
  bench.take()
  bench.sip(app, transactionId, `SIP/2.0 200 OK\n${sdp}`)
  expect(bench.responses().map(({ status }) => status)).toEqual([200])
  bench.clock.advance(500)
  expect(bench.responses().map(({ status }) => status)).toEqual([200, 200])
  bench.receive(prack(tag, `${rseq} 1 INVITE`))
  expect(app.delivered('PRACK')).toBeDefined()
})

test('a refusal waits for nothing, and what waited is refused to the app', () => {
  const { bench, app, transactionId } = called()
  bench.sip(app, transactionId, reliable183)
  bench.take()
  const second = bench.sip(app, transactionId, reliable183)
  bench.sip(app, transactionId, 'SIP/2.0 486 Busy Here\n')
  expect(bench.responses().map(({ status }) => status)).toEqual([486])
  expect(verdict(app, second)).toEqual(['NOK', 'Response not sent due to unknown transaction'])
})

test('what waits for a PRACK is bounded, and nothing follows a final response that waits', () => {
  const { bench, app, transactionId } = called()
  bench.sip(app, transactionId, reliable183)
  const frames: string[] = []
  for (let at = 0; at < waitingMax + 1; at++)
    frames.push(bench.sip(app, transactionId, reliable183))
  expect(frames.map((id) => verdict(app, id)[0])).toEqual([
    ...Array(waitingMax).fill(undefined),
    'NOK',
  ])
  const other = called()
  other.bench.sip(other.app, other.transactionId, reliable183)
  other.bench.sip(other.app, other.transactionId, 'SIP/2.0 200 OK\n')
  const late = other.bench.sip(other.app, other.transactionId, reliable183)
  expect(verdict(other.app, late)[0]).toBe('NOK')
})

test('a CANCEL ends what waits: 487, and the app hears that its responses were not sent', () => {
  const { bench, app, transactionId } = called()
  bench.sip(app, transactionId, reliable183)
  const second = bench.sip(app, transactionId, reliable183)
  bench.receive(invite(rel).replace(/INVITE/g, 'CANCEL'))
  expect(bench.responses().at(-1)?.status).toBe(487)
  expect(verdict(app, second)[0]).toBe('NOK')
  bench.clock.advance(200_000)
  expect(bench.running.sizes()).toEqual({ inbound: 0, outbound: 0, dialogs: 0, invites: 0 })
})

test('a peer without 100rel gets no reliable response, and one that requires it gets no other', () => {
  const without = called('')
  const refused = without.bench.sip(without.app, without.transactionId, reliable183)
  expect(verdict(without.app, refused)).toEqual(['NOK', 'Remote endpoint does not support 100rel'])
  expect(without.bench.take()).toEqual([])
  const requiring = called('Require: 100rel\n')
  requiring.bench.sip(requiring.app, requiring.transactionId, 'SIP/2.0 180 Ringing\n')
  const sent = requiring.bench.responses().at(-1)
  expect(header(sent, 'Require')).toBe('100rel')
  expect(header(sent, 'RSeq')).not.toBe('')
})

/** An INVITE of an app's on its way to the callee at port 5080. */
function calling(bench: Bench, more = '') {
  const app = bench.app()
  const frameId = bench.sip(app, '|', `INVITE sip:bob@127.0.0.1:5080 SIP/2.0\n${more}\n`)
  const request = bench.requests().at(-1)
  if (!request) throw new Error('no INVITE')
  const reply = app.replies(frameId)[0]
  return { app, request, transactionId: reply?.fields[10] ?? '' }
}

function ringing(rseq: number, tag = 'bo') {
  return { tag, headers: `Require: 100rel\nRSeq: ${rseq}\n` }
}

function dialogOf(frame: SeenFrame | undefined): string {
  return frame?.fields[9] ?? ''
}

test('a reliable response lets the app use its dialog, and the engine writes RAck', () => {
  const bench = openBench()
  const { app, request } = calling(bench)
  bench.receive(answerTo(request, 183, ringing(4711)))
  const dialogId = dialogOf(app.delivered('SIP/2.0 183'))
  bench.take()
  bench.sip(app, `|${dialogId}`, 'PRACK sip:placeholder SIP/2.0\nRAck: 1 2 INVITE\n\n')
  const sent = bench.requests().at(-1)
  const cseq = Number(header(request, 'CSeq').split(' ')[0])
  expect(sent?.method).toBe('PRACK')
  expect(sent?.uri).toBe('sip:bob@127.0.0.1:5080')
  expect(sent?.headers.filter(({ name }) => name === 'RAck')).toEqual([
    { name: 'RAck', value: `4711 ${cseq} INVITE` },
  ])
  expect(header(sent, 'CSeq')).toBe(`${cseq + 1} PRACK`)
  const again = bench.sip(app, `|${dialogId}`, 'PRACK sip:placeholder SIP/2.0\n\n')
  expect(app.replies(again)[0]?.fields.slice(3)).toEqual([
    'NOK',
    'Server error: unable to find IIP when sending PRACK',
  ])
  const update = bench.sip(app, `|${dialogId}`, 'UPDATE sip:placeholder SIP/2.0\n\n')
  expect(app.replies(update)[0]?.fields[3]).toBe('OK')
})

test('a reliable response that comes again is absorbed, one out of order is discarded', () => {
  const bench = openBench()
  const { app, request } = calling(bench)
  for (const rseq of [10, 10, 12, 11, 11, 12]) {
    bench.receive(answerTo(request, 183, ringing(rseq)))
  }
  const heard = app.deliveries('SIP/2.0 183').map(({ text }) => /RSeq: (\d+)/.exec(text)?.[1])
  expect(heard).toEqual(['10', '11', '12'])
})

test('responses with different To tags are dialogs of their own, each with its own numbers', () => {
  const bench = openBench()
  const { app, request } = calling(bench)
  bench.receive(answerTo(request, 183, ringing(7, 'bo')))
  bench.receive(answerTo(request, 183, ringing(7, 'carol')))
  const [first, second] = app.deliveries('SIP/2.0 183').map(dialogOf)
  expect(second).toBe(`${first};to-tag=carol`)
  bench.take()
  bench.sip(app, `|${second}`, 'PRACK sip:placeholder SIP/2.0\n\n')
  expect(header(bench.requests().at(-1), 'To')).toContain('tag=carol')
  bench.sip(app, `|${first}`, 'PRACK sip:placeholder SIP/2.0\n\n')
  expect(header(bench.requests().at(-1), 'To')).toContain('tag=bo')
  bench.receive(answerTo(request, 200, { tag: 'carol' }))
  expect(dialogOf(app.delivered('SIP/2.0 200'))).toBe(first)
  bench.take()
  bench.sip(app, `|${first}`, 'ACK sip:placeholder SIP/2.0\n\n')
  expect(header(bench.requests().at(-1), 'To')).toContain('tag=carol')
  const gone = bench.sip(app, `|${second}`, 'INFO sip:placeholder SIP/2.0\n\n')
  expect(app.replies(gone)[0]?.fields[3]).toBe('NOK')
  expect(bench.running.sizes().dialogs).toBe(1)
})

/** An UPDATE of the callee's in the early dialog with `tag`, with an offer. */
function calleeUpdate(request: Parameters<typeof header>[0], cseq: number): string {
  return `UPDATE sip:127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-u-${cseq};rport
Max-Forwards: 70
From: <sip:bob@127.0.0.1:5080>;tag=bo
To: ${header(request, 'From')}
Call-ID: ${header(request, 'Call-ID')}
CSeq: ${cseq} UPDATE
Contact: <sip:bob@127.0.0.1:5080>
Content-Type: application/sdp
Content-Length: 3

v=0`
}

test('an UPDATE of the callee with an offer is answered 491 while our own has no answer', () => {
  const bench = openBench()
  const { app, request } = calling(bench, 'Content-Type: application/sdp\n\nv=0')
  bench.receive(answerTo(request, 180))
  bench.receive(calleeUpdate(request, 1))
  expect(bench.responses().at(-1)?.status).toBe(491)
  const progress = answerTo(request, 183, ringing(1))
  bench.receive(progress.replace('Content-Length: 0\n\n', `${sdp}`))
  bench.receive(calleeUpdate(request, 2))
  expect(app.delivered('UPDATE')).toBeDefined()
})

test('an UPDATE of the caller with an offer is answered 500 with Retry-After before the first answer', () => {
  const { bench, app, transactionId, toTag } = called(`${rel}${sdp.split('\n')[0]}\n`)
  const offer = invite(rel, { callId: 'call-2', branch: 'z9hG4bK-c2' })
  bench.receive(offer.replace('Content-Length: 0\n\n', `${sdp}`))
  const second = app.delivered('INVITE')?.fields[8] ?? ''
  expect(second).not.toBe(transactionId)
  bench.sip(app, second, reliable180)
  const tag = toTag()
  const update = (cseq: number) =>
    inDialog('UPDATE', cseq, tag)
      .replace('call-1', 'call-2')
      .replace('Content-Length: 0\n\n', `${sdp}`)
  bench.receive(update(2))
  expect(bench.responses().at(-1)?.status).toBe(500)
  expect(header(bench.responses().at(-1), 'Retry-After')).not.toBe('')
  bench.sip(app, second, `SIP/2.0 183 Session Progress\n${sdp}`)
  bench.receive(update(3))
  expect(app.delivered('UPDATE')?.fields[9]).toBe('call-2;from-tag=al')
})
