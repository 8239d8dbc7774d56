import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { answerTo, type Bench, header, inDialog, invite, openBench } from './bench.ts'

const idle = { inbound: 0, outbound: 0, dialogs: 0, invites: 0 }

/** A SUBSCRIBE of an app's on its way to the notifier at port 5080. */
function subscribing(bench: Bench) {
  const app = bench.app()
  bench.sip(app, '|', 'SUBSCRIBE sip:bob@127.0.0.1:5080 SIP/2.0\nEvent: dialog\nExpires: 600\n\n')
  return { app, request: bench.requests().at(-1) as Request }
}

function notify(request: Request, cseq: number, more: { tag?: string; state?: string } = {}) {
  const { tag = 'bo', state = 'active' } = more
  return `NOTIFY sip:127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-n-${tag}-${cseq};rport
Max-Forwards: 70
From: <sip:bob@127.0.0.1:5080>;tag=${tag}
To: ${header(request, 'From')}
Call-ID: ${header(request, 'Call-ID')}
CSeq: ${cseq} NOTIFY
Contact: <sip:bob@127.0.0.1:5080>
Record-Route: <sip:127.0.0.9;lr>, <sip:127.0.0.8;lr>
Event: dialog
Subscription-State: ${state}
Content-Length: 0

`
}

test('a NOTIFY that comes before the answer to its SUBSCRIBE opens the dialog', () => {
  const bench = openBench()
  const { app, request } = subscribing(bench)
  bench.receive(notify(request, 1))
  const got = app.delivered('NOTIFY')
  expect(got?.fields[9]).not.toBe('')
  bench.sip(app, got?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  bench.receive(answerTo(request, 202, { headers: 'Expires: 600\n' }))
  const dialogId = app.delivered('SIP/2.0 202')?.fields[9] ?? ''
  expect(got?.fields[9]).toBe(dialogId)
  expect(bench.running.sizes().dialogs).toBe(1)
  bench.take()
  bench.sip(app, `|${dialogId}`, 'SUBSCRIBE sip:placeholder SIP/2.0\nEvent: dialog\n\n')
  const refresh = bench.requests().at(-1)
  // RFC 6665 4.4.1: the route of a NOTIFY is that of a request.
  expect(refresh?.headers.filter(({ name }) => name === 'Route').map(({ value }) => value)).toEqual(
    ['<sip:127.0.0.9;lr>', '<sip:127.0.0.8;lr>'],
  )
})

test('forks of a SUBSCRIBE are dialogs of their own', () => {
  const bench = openBench()
  const { app, request } = subscribing(bench)
  bench.receive(answerTo(request, 200, { tag: 'bo', headers: 'Expires: 600\n' }))
  bench.receive(notify(request, 1, { tag: 'carol' }))
  const first = app.delivered('SIP/2.0 200')?.fields[9]
  expect(app.delivered('NOTIFY')?.fields[9]).toBe(`${first};to-tag=carol`)
  bench.clock.advance(32_000)
  bench.receive(notify(request, 1, { tag: 'dave' }))
  expect(bench.responses().at(-1)?.status).toBe(481)
})

test('a NOTIFY to a SUBSCRIBE that was refused belongs to nothing', () => {
  const bench = openBench()
  const { request } = subscribing(bench)
  bench.receive(answerTo(request, 489))
  bench.receive(notify(request, 1))
  expect(bench.responses().at(-1)?.status).toBe(481)
})

test('a subscription ends when its last NOTIFY is answered, or a refresh is answered 481', () => {
  for (const ending of ['terminated;reason=noresource', 'Terminated']) {
    const bench = openBench()
    const { app, request } = subscribing(bench)
    bench.receive(answerTo(request, 200, { headers: 'Expires: 600\n' }))
    bench.receive(notify(request, 1, { state: ending }))
    bench.sip(app, app.delivered('NOTIFY')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
    expect(bench.running.sizes()).toEqual(idle)
  }
  const bench = openBench()
  const { app, request } = subscribing(bench)
  bench.receive(answerTo(request, 200, { headers: 'Expires: 600\n' }))
  const dialogId = app.delivered('SIP/2.0 200')?.fields[9] ?? ''
  bench.sip(app, `|${dialogId}`, 'SUBSCRIBE sip:placeholder SIP/2.0\nEvent: dialog\n\n')
  bench.receive(answerTo(bench.requests().at(-1) as Request, 481))
  expect(bench.running.sizes()).toEqual(idle)
})

test('a subscription that nobody refreshes is forgotten, one that is refreshed lives on', () => {
  const bench = openBench()
  const { app, request } = subscribing(bench)
  bench.receive(answerTo(request, 200, { headers: 'Expires: 600\n' }))
  bench.clock.advance(500_000)
  bench.receive(notify(request, 1, { state: 'active;expires=300' }))
  bench.sip(app, app.delivered('NOTIFY')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  bench.clock.advance(331_000)
  expect(bench.running.sizes().dialogs).toBe(1)
  bench.clock.advance(1_000)
  expect(bench.running.sizes()).toEqual(idle)
  bench.running.close()
  expect(bench.clock.pendingCount).toBe(0)
})

test('a subscription to us ends when its subscriber does not know it, and by itself', () => {
  const bench = openBench()
  const app = bench.app('subscribe')
  const subscribe = (callId: string) =>
    bench.receive(invite('Event: dialog\n', { callId }).replace(/INVITE/g, 'SUBSCRIBE'))
  subscribe('call-1')
  bench.sip(app, app.delivered('SUBSCRIBE')?.fields[8] ?? '', 'SIP/2.0 202 OK\nExpires: 60\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  const state = 'Event: dialog\nSubscription-State: active\n\n'
  bench.sip(app, '|call-1;from-tag=al', `NOTIFY sip:placeholder SIP/2.0\n${state}`)
  bench.receive(answerTo(bench.requests().at(-1) as Request, 200))
  bench.receive(inDialog('SUBSCRIBE', 2, toTag, 'Contact: <sip:alice@127.0.0.1:5070>\n'))
  bench.sip(app, app.delivered('SUBSCRIBE')?.fields[8] ?? '', 'SIP/2.0 200 OK\nExpires: 120\n')
  bench.clock.advance(151_000)
  expect(bench.running.sizes().dialogs).toBe(1)
  bench.sip(app, '|call-1;from-tag=al', `NOTIFY sip:placeholder SIP/2.0\n${state}`)
  bench.receive(answerTo(bench.requests().at(-1) as Request, 481))
  expect(bench.running.sizes()).toEqual(idle)
})

/** A REGISTER over connection 7, answered by the app with `answer`. */
function registered(bench: Bench, contact: string, more = '', answer = 'SIP/2.0 200 OK\n') {
  const app = bench.app('register')
  const text = invite(more).replace(/INVITE/g, 'REGISTER')
  bench.receive(text.replace(/Contact: .*/, `Contact: ${contact}`).replace('/UDP', '/TCP'), {
    protocol: 'tcp',
    connection: 7,
  })
  bench.sip(app, app.delivered('REGISTER')?.fields[8] ?? '', answer)
  bench.take()
  return app
}

function wayOf(bench: Bench, method: string, uri = 'sip:alice@192.0.2.1:4000;transport=tcp') {
  const app = bench.app()
  bench.sip(app, '|', `${method} ${uri} SIP/2.0\n\n`)
  return bench.take().at(-1)?.to
}

test('a registered client is called over the connection that it registered on, while that lives', () => {
  const bench = openBench()
  registered(bench, '<sip:alice@192.0.2.1:4000;transport=tcp>;expires=60')
  for (const method of ['INVITE', 'OPTIONS', 'NOTIFY', 'MESSAGE']) {
    expect(wayOf(bench, method)?.connection, method).toBe(7)
  }
  expect(wayOf(bench, 'OPTIONS', 'sip:alice@192.0.2.1:4001;transport=tcp')?.connection).toBe(
    undefined,
  )
  bench.disconnect(7)
  expect(wayOf(bench, 'OPTIONS')?.address).toBe('192.0.2.1')
})

test('a registration is forgotten when it ends or is withdrawn', () => {
  const bench = openBench()
  registered(bench, '<sip:alice@192.0.2.1:4000>', 'Expires: 60\n')
  bench.clock.advance(59_000)
  expect(wayOf(bench, 'OPTIONS')?.connection).toBe(7)
  bench.clock.advance(2_000)
  expect(wayOf(bench, 'OPTIONS')?.connection).toBe(undefined)
  const other = openBench()
  registered(other, '<sip:alice@192.0.2.1:4000>;expires=0')
  expect(wayOf(other, 'OPTIONS')?.connection).toBe(undefined)
  const withdrawn = openBench()
  const all = 'SIP/2.0 200 OK\nExpires: 3600\nContact: <sip:other@192.0.2.1>;expires=60\n'
  registered(withdrawn, '<sip:alice@192.0.2.1:4000>;expires=0', '', all)
  expect(wayOf(withdrawn, 'OPTIONS')?.connection).toBe(undefined)
  const shorter = openBench()
  const granted = 'SIP/2.0 200 OK\nContact: <sip:alice@192.0.2.1:4000>;expires=10\n'
  registered(shorter, '<sip:alice@192.0.2.1:4000>;expires=600', '', granted)
  shorter.clock.advance(9_000)
  expect(wayOf(shorter, 'OPTIONS')?.connection).toBe(7)
  shorter.clock.advance(2_000)
  expect(wayOf(shorter, 'OPTIONS')?.connection).toBe(undefined)
  const refused = openBench()
  registered(refused, '<sip:alice@192.0.2.1:4000>', '', 'SIP/2.0 403 Forbidden\n')
  expect(wayOf(refused, 'OPTIONS')?.connection).toBe(undefined)
})

test('a REGISTER whose Contact is no binding is refused before any app sees it', () => {
  const bench = openBench()
  const app = bench.app('register')
  const contacts = ['*', '<no-scheme>', '*, <sip:alice@192.0.2.1>']
  contacts.forEach((contact, at) => {
    const text = invite('', { callId: `r-${at}` }).replace(/INVITE/g, 'REGISTER')
    bench.receive(text.replace(/Contact: .*/, `Contact: ${contact}`))
    expect(bench.responses().at(-1)?.status, contact).toBe(400)
  })
  expect(app.frames).toEqual([])
  const all = invite('Expires: 0\n', { callId: 'r-all' }).replace(/INVITE/g, 'REGISTER')
  bench.receive(all.replace(/Contact: .*/, 'Contact: *'))
  expect(app.delivered('REGISTER')).toBeDefined()
})
