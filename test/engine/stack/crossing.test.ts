import { expect, test } from 'vitest'
import { answer200, answered, answerTo, header, inDialog, invite, openBench } from './bench.ts'

test('a second re-INVITE before the first is answered gets 500 with Retry-After', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INVITE', 2, toTag))
  bench.receive(inDialog('INVITE', 3, toTag))
  const refused = bench.responses().at(-1)
  expect(refused?.status).toBe(500)
  expect(header(refused, 'Retry-After')).toMatch(/^\d+$/)
  expect(app.deliveries('INVITE')).toHaveLength(2)
})

test('a re-INVITE that crosses ours gets 491', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag, dialogId } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.sip(app, `|${dialogId}`, 'INVITE sip:placeholder SIP/2.0\n')
  bench.receive(inDialog('INVITE', 2, toTag))
  expect(bench.responses().at(-1)?.status).toBe(491)
  bench.receive(inDialog('UPDATE', 3, toTag))
  expect(app.deliveries('UPDATE')).toHaveLength(1)
})

test('a re-INVITE that crosses an UPDATE of ours with an offer gets 491, one that crosses none goes on', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag, dialogId } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.sip(app, `|${dialogId}`, 'UPDATE sip:x SIP/2.0\nContent-Type: application/sdp\n\nv=0')
  const update = bench.requests().at(-1)
  bench.receive(inDialog('INVITE', 2, toTag))
  expect(bench.responses().at(-1)?.status).toBe(491)
  if (update) bench.receive(answerTo(update, 200))
  bench.sip(app, `|${dialogId}`, 'UPDATE sip:x SIP/2.0\n\n')
  bench.receive(inDialog('INVITE', 3, toTag))
  expect(bench.responses().at(-1)?.status).toBe(100)
  expect(app.deliveries('INVITE')).toHaveLength(2)
})

test('a re-INVITE that overtakes the answer to our offer gets 491, and goes on once the ACK has brought it', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('INVITE', 2, toTag))
  expect(bench.responses().at(-1)?.status).toBe(491)
  bench.take()
  bench.clock.advance(500)
  // The 200 comes again until its ACK does.
  expect(bench.responses().some(({ status }) => status === 200)).toBe(true)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INVITE', 3, toTag))
  expect(app.deliveries('INVITE')).toHaveLength(2)
})

test('a re-INVITE that overtakes an ACK without an answer goes on at once', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(
    invite().replace(
      'Content-Length: 0\n\n',
      'Content-Type: application/sdp\nContent-Length: 3\n\nv=0',
    ),
  )
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', answer200)
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('INVITE', 2, toTag))
  expect(app.deliveries('INVITE')).toHaveLength(2)
})

test('a re-INVITE while an UPDATE of theirs with an offer waits gets 500 and Retry-After', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const { toTag } = answered(bench, app)
  bench.receive(inDialog('ACK', 1, toTag))
  const update = inDialog('UPDATE', 2, toTag, 'Contact: <sip:alice@127.0.0.1:5070>\n')
  bench.receive(update.replace('Content-Length: 0\n\n', 'Content-Length: 3\n\nv=0'))
  bench.receive(inDialog('INVITE', 3, toTag))
  expect(bench.responses().at(-1)?.status).toBe(500)
  expect(header(bench.responses().at(-1), 'Retry-After')).toMatch(/^\d+$/)
})

test('an offer that not even the 200 has answered holds up no re-INVITE of its sender', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const offer = 'Content-Type: application/sdp\nContent-Length: 3\n\nv=0'
  bench.receive(invite().replace('Content-Length: 0\n\n', offer))
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INVITE', 2, toTag))
  expect(app.deliveries('INVITE')).toHaveLength(2)
})

test('an offer of ours that not even the 200 has answered holds up no re-INVITE of the callee', () => {
  const bench = openBench()
  const app = bench.app()
  const outgoing = `INVITE sip:bob@127.0.0.1:5080 SIP/2.0
from: sip:alice@localhost
contact: sip:alice@localhost
content-length: 3

v=0`
  bench.sip(app, '', outgoing)
  const [request] = bench.requests()
  if (!request) throw new Error('no INVITE')
  bench.receive(answerTo(request, 180), { port: 5080 })
  bench.receive(answerTo(request, 200), { port: 5080 })
  const from = header(request, 'From')
  const dialogId = `${header(request, 'Call-ID')};from-tag=${from.split('tag=')[1]}`
  bench.sip(app, `|${dialogId}`, 'ACK sip:placeholder SIP/2.0\n')
  const theirs = `INVITE sip:127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-theirs;rport
Max-Forwards: 70
From: <sip:bob@127.0.0.1:5080>;tag=bo
To: ${from}
Call-ID: ${header(request, 'Call-ID')}
CSeq: 1 INVITE
Contact: <sip:bob@127.0.0.1:5080>
Content-Length: 0

`
  bench.receive(theirs, { port: 5080 })
  expect(app.deliveries('INVITE')).toHaveLength(1)
})
