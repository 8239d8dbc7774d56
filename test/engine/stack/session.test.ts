import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { answerTo, type Bench, header, inDialog, invite, openBench } from './bench.ts'

const sdp = 'Content-Type: application/sdp\n\nv=0 ours'
const idle = { inbound: 0, outbound: 0, dialogs: 0, invites: 0 }

/** A call that an app has answered and the caller ACKed; `more` is in the INVITE. */
function answered(more: string, answer = `SIP/2.0 200 OK\n${sdp}`) {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite(more))
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', answer)
  const ok = bench.responses().at(-1)
  const toTag = header(ok, 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag))
  bench.take()
  return { bench, app, ok, toTag }
}

/** A call of an app's that the callee has answered with `more`, and that is ACKed. */
function placed(more: string) {
  const bench = openBench()
  const app = bench.app()
  const text = `INVITE sip:bob@127.0.0.1:5080 SIP/2.0\nSupported: timer\nSession-Expires: 90\n${sdp}`
  bench.sip(app, '|', text)
  const request = bench.requests()[0]
  if (!request) throw new Error('no INVITE')
  bench.receive(answerTo(request, 200, { headers: more }))
  const dialogId = app.delivered('SIP/2.0 200')?.fields[9] ?? ''
  bench.sip(app, `|${dialogId}`, 'ACK sip:placeholder SIP/2.0\n\n')
  bench.take()
  return { bench, app, dialogId }
}

/** Lets time pass until something is sent; how long that took, milliseconds. */
function untilSent(bench: Bench, stepMs = 100, mostMs = 200_000): number {
  for (let passedMs = 0; passedMs < mostMs; passedMs += stepMs) {
    if (bench.sent.length > 0) return passedMs
    bench.clock.advance(stepMs)
  }
  throw new Error('nothing was sent')
}

const wantUac = 'Supported: timer\nSession-Expires: 90;refresher=uac\n'
const wantUas = 'Supported: timer\nSession-Expires: 90;refresher=uas\n'

test('the refresher that the caller names is echoed; who must refresh is told that it must', () => {
  const uas = answered(wantUas)
  expect(header(uas.ok, 'Session-Expires')).toBe('90;refresher=uas')
  expect(header(uas.ok, 'Require')).toBe('')
  const uac = answered(wantUac)
  expect(header(uac.ok, 'Session-Expires')).toBe('90;refresher=uac')
  expect(header(uac.ok, 'Require')).toBe('timer')
})

test('without a refresher there is no timer, unless the app names one', () => {
  const none = answered('Supported: timer\nSession-Expires: 90\n')
  expect(header(none.ok, 'Session-Expires')).toBe('')
  none.bench.clock.advance(200_000)
  expect(none.bench.take()).toEqual([])
  const answer = `SIP/2.0 200 OK\nSession-Expires: 120\n${sdp}`
  const own = answered('Supported: timer\nSession-Expires: 180\n', answer)
  expect(header(own.ok, 'Session-Expires')).toBe('120;refresher=uac')
  const blind = answered('', answer)
  expect(header(blind.ok, 'Session-Expires')).toBe('120;refresher=uas')
})

test('an interval below 90 s is refused with 422 and Min-SE, in a call and for a new one', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite('Supported: timer\nSession-Expires: 89\n'))
  expect(bench.responses().at(-1)?.status).toBe(422)
  expect(header(bench.responses().at(-1), 'Min-SE')).toBe('90')
  expect(app.frames).toEqual([])
  const call = answered(wantUac)
  for (const [at, method] of (['INVITE', 'UPDATE'] as const).entries()) {
    const more = 'Supported: timer\nx: 60\nContact: <sip:alice@127.0.0.1:5070>\n'
    call.bench.receive(inDialog(method, 2 + at, call.toTag, more))
    expect(call.bench.responses().at(-1)?.status).toBe(422)
  }
  expect(call.app.deliveries('UPDATE')).toEqual([])
})

test('a session that its peer does not refresh ends by BYE a third of it before its end', () => {
  const { bench, app } = answered(wantUac)
  expect(untilSent(bench)).toBe(60_000)
  const bye = bench.requests()[0]
  expect(bye?.method).toBe('BYE')
  expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="Session timer expired"')
  expect(app.delivered('BYE')?.fields[8]).toBe('unsolicited')
  bench.receive(answerTo(bye as Request, 200))
  bench.clock.advance(200_000)
  expect(bench.running.sizes()).toEqual(idle)
})

test.each([
  ['page.invalid;transport=ws', 'only its client can open a WebSocket'],
  ['page.invalid;transport=tcp', 'the name of its Contact has no address'],
])('a session whose peer at %s cannot be told is over for its app: %s', async (host) => {
  const bench = openBench()
  const app = bench.app('invite')
  const over = {
    protocol: host.endsWith('ws') ? 'ws' : 'tcp',
    port: 40_000,
    connection: 7,
  } as const
  const text = invite(wantUac).replace('SIP/2.0/UDP', `SIP/2.0/${over.protocol.toUpperCase()}`)
  bench.receive(text.replace('127.0.0.1:5070>\nS', `${host}>\nS`), over)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag), over)
  bench.take()
  bench.disconnect(7)
  await bench.clock.advanceAsync(60_000)
  expect(bench.requests()).toEqual([])
  const bye = app.delivered('BYE')
  expect(bye?.fields.slice(8, 10)).toEqual(['unsolicited', 'call-1;from-tag=al'])
  expect(bye?.text).toContain('Session timer expired')
  expect(bench.running.sizes()).toEqual(idle)
  expect(bench.faults).toEqual([])
})

test('a long session ends 32 s before its end', () => {
  const { bench } = answered('Supported: timer\nSession-Expires: 1800;refresher=uac\n')
  expect(untilSent(bench, 1_000, 2_000_000)).toBe(1_768_000)
})

test('a refresh of the peer starts the time again, and its 200 says so', () => {
  const { bench, app, toTag } = answered(wantUac)
  for (let round = 0; round < 5; round++) {
    bench.clock.advance(45_000)
    bench.receive(inDialog('UPDATE', 2 + round, toTag, 'Supported: timer\nSession-Expires: 90\n'))
    bench.sip(app, app.delivered('UPDATE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
    expect(header(bench.responses().at(-1), 'Session-Expires')).toBe('90;refresher=uac')
    expect(bench.requests()).toEqual([])
    bench.take()
  }
  expect(untilSent(bench)).toBe(60_000)
})

test('we refresh at half the interval by re-INVITE with our last description; the app sees nothing', () => {
  const { bench, app } = answered(wantUas)
  const frames = app.frames.length
  const afterMs = untilSent(bench)
  expect(afterMs).toBeGreaterThan(39_900)
  expect(afterMs).toBeLessThanOrEqual(45_100)
  const request = bench.requests()[0] as Request
  expect(request.method).toBe('INVITE')
  expect(request.body.toString()).toBe('v=0 ours')
  expect(header(request, 'Session-Expires')).toBe('90;refresher=uac')
  expect(header(request, 'Min-SE')).toBe('90')
  expect(header(request, 'Supported')).toBe('timer')
  bench.take()
  const ok = answerTo(request, 200, { headers: 'Session-Expires: 90;refresher=uac\n' })
  bench.receive(ok)
  expect(bench.requests().map(({ method }) => method)).toEqual(['ACK'])
  bench.receive(ok)
  expect(bench.requests().map(({ method }) => method)).toEqual(['ACK', 'ACK'])
  bench.take()
  expect(untilSent(bench)).toBeGreaterThan(39_900)
  expect(bench.requests()[0]?.method).toBe('INVITE')
  expect(app.frames).toHaveLength(frames)
})

test('we refresh by UPDATE where the peer allows it, on a call of our own too', () => {
  const { bench, app } = placed('Session-Expires: 90\nAllow: INVITE, UPDATE\nRequire: timer\n')
  const frames = app.frames.length
  untilSent(bench)
  const request = bench.requests()[0] as Request
  expect(request.method).toBe('UPDATE')
  expect(request.body).toHaveLength(0)
  bench.receive(answerTo(request, 200))
  bench.take()
  expect(untilSent(bench)).toBeGreaterThan(39_900)
  expect(app.frames).toHaveLength(frames)
})

test('a callee that refreshes by itself is waited for', () => {
  const { bench } = placed('Session-Expires: 90;refresher=uas\n')
  expect(untilSent(bench)).toBe(60_000)
  expect(bench.requests()[0]?.method).toBe('BYE')
})

test('a refresh that meets one of theirs is tried again, one that nobody answers ends the call', () => {
  const { bench } = answered(wantUas)
  untilSent(bench)
  bench.receive(answerTo(bench.requests()[0] as Request, 491))
  bench.take()
  expect(untilSent(bench)).toBeLessThanOrEqual(2_100)
  expect(bench.requests()[0]?.method).toBe('INVITE')
  bench.clock.advance(32_000)
  expect(bench.requests().map(({ method }) => method)).toContain('BYE')
})

test('a refresh answered 481 ends the call at once, one answered 422 is sent again with more time', () => {
  const gone = answered(wantUas)
  untilSent(gone.bench)
  gone.bench.receive(answerTo(gone.bench.requests()[0] as Request, 481))
  expect(gone.bench.requests().at(-1)?.method).toBe('BYE')
  const longer = answered(wantUas)
  untilSent(longer.bench)
  const first = longer.bench.requests()[0] as Request
  longer.bench.receive(answerTo(first, 422, { headers: 'Min-SE: 400\n' }))
  longer.bench.take()
  longer.bench.clock.advance(1)
  expect(header(longer.bench.requests()[0], 'Session-Expires')).toBe('400;refresher=uac')
})

test('a refresh that a peer without timers refuses shows that it is there, and the call goes on', () => {
  const { bench } = answered('', `SIP/2.0 200 OK\nSession-Expires: 90;refresher=uas\n${sdp}`)
  for (const status of [488, 405, 500]) {
    expect(untilSent(bench)).toBeGreaterThan(39_900)
    const refresh = bench.requests()[0] as Request
    bench.take()
    bench.receive(answerTo(refresh, status))
    bench.take()
  }
  expect(untilSent(bench)).toBeGreaterThan(39_900)
  bench.clock.advance(32_000)
  expect(bench.requests().map(({ method }) => method)).toContain('BYE')
})

test('a session that its peer agreed to and then refuses to refresh ends in its time', () => {
  const { bench } = answered(wantUas)
  for (let passedMs = 0; ; passedMs += untilSent(bench)) {
    const request = bench.requests()[0] as Request
    bench.take()
    if (request?.method === 'BYE') {
      expect(passedMs).toBeLessThanOrEqual(60_100)
      break
    }
    if (request) bench.receive(answerTo(request, 488))
    bench.take()
  }
})

test('no peer has our refresh wait for longer than a timer of Node can', () => {
  const { bench } = answered(wantUas)
  untilSent(bench)
  const delays: number[] = []
  const after = bench.clock.after.bind(bench.clock)
  bench.clock.after = (delayMs, run) => {
    delays.push(delayMs)
    return after(delayMs, run)
  }
  const refresh = bench.requests()[0] as Request
  bench.receive(answerTo(refresh, 500, { headers: 'Retry-After: 4294967295\n' }))
  // A longer one would fire at once: refresh after refresh, as fast as they are refused.
  expect(delays).not.toEqual([])
  expect(Math.max(...delays)).toBeLessThan(2 ** 31)
})

test('a peer that wants our refresh again at once gets it a second later', () => {
  const { bench } = answered(wantUas)
  untilSent(bench)
  const refresh = bench.requests()[0] as Request
  bench.receive(answerTo(refresh, 500, { headers: 'Retry-After: 0\n' }))
  bench.take()
  expect(untilSent(bench)).toBe(1_000)
})

test("an app's re-INVITE waits for the end of our refresh and says when the session ends", () => {
  const { bench, app } = answered(wantUas)
  const dialogId = 'call-1;from-tag=al'
  untilSent(bench)
  const refresh = bench.requests()[0] as Request
  bench.take()
  const frameId = bench.sip(app, `|${dialogId}`, `INVITE sip:placeholder SIP/2.0\n${sdp}`)
  expect(bench.take()).toEqual([])
  bench.receive(answerTo(refresh, 200, { headers: 'Session-Expires: 90;refresher=uac\n' }))
  // Nobody knows yet whether the ACK of the refresh has arrived.
  expect(bench.requests().map(({ method }) => method)).toEqual(['ACK', 'ACK', 'INVITE'])
  expect(app.replies(frameId)[0]?.fields[3]).toBe('OK')
  expect(header(bench.requests()[2], 'Session-Expires')).toBe('90;refresher=uac')
})

test('our refresh waits while the app changes the session, and no timer outlives the call', () => {
  const { bench, app, toTag } = answered(wantUas)
  bench.sip(app, '|call-1;from-tag=al', `INVITE sip:placeholder SIP/2.0\n${sdp}`)
  const own = bench.requests()[0] as Request
  bench.receive(answerTo(own, 180))
  bench.clock.advance(46_000)
  expect(bench.requests().filter(({ method }) => method !== 'INVITE')).toEqual([])
  bench.receive(inDialog('BYE', 2, toTag))
  bench.sip(app, app.delivered('BYE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  bench.clock.advance(300_000)
  expect(bench.running.sizes()).toEqual(idle)
  bench.running.close()
  expect(bench.clock.pendingCount).toBe(0)
})
