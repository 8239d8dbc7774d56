import { expect, test } from 'vitest'
import { answerTo, header, inDialog, invite, openBench } from './bench.ts'

const request = (method: string, more = '') =>
  `${method} sip:bob@127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-o-${method};rport
From: <sip:alice@127.0.0.1:5070>;tag=al
To: <sip:bob@127.0.0.1:5060>
Call-ID: out-1
CSeq: 1 ${method}
${more}
`

test.each(['REGISTER', 'MESSAGE', 'OPTIONS', 'INFO', 'NOTIFY', 'PUBLISH'])(
  '%s outside a dialog goes to whoever routes it, and its answer back',
  (method) => {
    const bench = openBench()
    const app = bench.app(method.toLowerCase())
    bench.receive(request(method))
    const got = app.delivered(method)
    expect(got?.fields).toHaveLength(13)
    const frameId = bench.sip(app, got?.fields[8] ?? '', 'SIP/2.0 404 Nope\n')
    expect(app.replies(frameId)[0]?.fields.slice(6, 12)).toEqual([
      'udp',
      '127.0.0.1',
      '5070',
      '12:00:00.000000',
      got?.fields[8],
      '',
    ])
    expect(bench.responses().map(({ status }) => status)).toEqual([404])
  },
)

test.each([
  ['BYE', 481],
  ['UPDATE', 481],
  ['PRACK', 481],
  ['REFER', 481],
  ['FROBNICATE', 501],
])('%s outside a dialog is answered %i and no app is asked', (method, status) => {
  const bench = openBench()
  const app = bench.app(method.toLowerCase())
  bench.receive(request(method))
  expect(bench.responses().map((one) => one.status)).toEqual([status])
  expect(app.frames).toEqual([])
})

test('nobody there: 503; somebody, but not for this: 405 with what is served', () => {
  const bench = openBench()
  bench.receive(request('OPTIONS'))
  expect(bench.responses().at(-1)?.status).toBe(503)
  bench.app('invite', 'cdr:start', 'trying')
  bench.receive(request('MESSAGE'))
  expect(bench.responses().at(-1)?.status).toBe(405)
  expect(header(bench.responses().at(-1), 'Allow')).toBe('INVITE, ACK, BYE, CANCEL')
})

test('an INVITE nobody serves gets 503 after its 100', () => {
  const bench = openBench()
  bench.app('options')
  bench.receive(invite())
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 503])
})

test('new requests go round among those that route the method, the gone ones left out', () => {
  const bench = openBench()
  const apps = [bench.app('invite', 'invite'), bench.app('invite'), bench.app('invite')]
  const send = (nth: number) => bench.receive(invite('', { callId: `rr-${nth}` }))
  for (let nth = 0; nth < 6; nth++) send(nth)
  expect(apps.map((app) => app.frames.length)).toEqual([2, 2, 2])
  const [first, second] = apps
  if (first) bench.drop(first)
  if (second) bench.core.removeRoute(second, 'invite')
  for (let nth = 6; nth < 8; nth++) send(nth)
  expect(apps.map((app) => app.frames.length)).toEqual([2, 2, 4])
})

test('a To tag that is not ours: 481, whatever the method', () => {
  const bench = openBench()
  const app = bench.app('invite', 'info')
  bench.receive(inDialog('INFO', 2, 'stranger'))
  bench.receive(inDialog('INVITE', 3, 'stranger'))
  expect(bench.responses().map(({ status }) => status)).toEqual([481, 100, 481])
  expect(app.frames).toEqual([])
})

test('an id that would shift the fields of a frame is refused', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite('', { callId: 'a|b|unsolicited', branch: 'z9hG4bK1' }))
  bench.receive(invite('', { branch: 'z9hG4bK2' }).replace('tag=al', 'tag=a|l'))
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 400, 100, 400])
  expect(app.frames).toEqual([])
})

test('an INVITE without a usable Contact is refused', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite().replace(/Contact: .*\n/, ''))
  bench.receive(invite('', { callId: 'x' }).replace(/Contact: .*\n/, 'Contact: *\n'))
  expect(bench.responses().map(({ status }) => status)).toEqual([100, 400, 100, 400])
  expect(app.frames).toEqual([])
})

test('a second INVITE with the ids of a live call gets 491 and changes nothing', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  bench.receive(invite('', { cseq: 2 }))
  expect(bench.responses().at(-1)?.status).toBe(491)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  bench.receive(invite('', { cseq: 3 }))
  expect(bench.responses().at(-1)?.status).toBe(491)
  expect(app.deliveries('INVITE')).toHaveLength(1)
})

test('beyond the limits a new call gets 503 with Retry-After, a running one goes on', () => {
  const bench = openBench({ dialogsMax: 1 })
  const app = bench.app('invite')
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(invite('', { callId: 'more' }))
  expect(bench.responses().at(-1)?.status).toBe(503)
  expect(header(bench.responses().at(-1), 'Retry-After')).toMatch(/^\d+$/)
  bench.receive(inDialog('ACK', 1, toTag))
  bench.receive(inDialog('INFO', 2, toTag))
  expect(app.deliveries('INFO')).toHaveLength(1)
})

test('a host name is looked up, and the reply comes when it is sent', async () => {
  const bench = openBench()
  const app = bench.app()
  const frameId = bench.sip(app, '', 'OPTIONS sip:bob@carrier.example:5080 SIP/2.0\n')
  expect(app.replies(frameId)).toEqual([])
  await bench.settle()
  bench.lookups[0]?.done('127.0.0.9')
  await bench.settle()
  expect(bench.sent[0]?.to).toMatchObject({ address: '127.0.0.9', port: 5080, protocol: 'udp' })
  expect(app.replies(frameId)[0]?.fields[3]).toBe('OK')
})

test('a name without address: OK with nothing sent, then 503 DNS Error made here', async () => {
  const bench = openBench()
  const app = bench.app()
  const frameId = bench.sip(app, '', 'INVITE sip:bob@nowhere.invalid SIP/2.0\n')
  await bench.clock.advanceAsync(4_000)
  bench.lookups[0]?.done('127.0.0.9')
  await bench.settle()
  const reply = app.replies(frameId)[0]
  expect(reply?.fields.slice(3, 9)).toEqual(['OK', 'application', '0', 'unknown', '', '0'])
  const answer = app.delivered('SIP/2.0 503 DNS Error')
  expect(answer?.fields[8]).toBe(reply?.fields[10])
  expect(answer?.fields[9]).toMatch(/;from-tag=/)
  expect(bench.sent).toEqual([])
})

test('an app gone while a name is looked up sends nothing', async () => {
  const bench = openBench()
  const app = bench.app()
  bench.sip(app, '', 'INVITE sip:bob@carrier.example SIP/2.0\n')
  bench.drop(app)
  await bench.settle()
  bench.lookups[0]?.done('127.0.0.9')
  await bench.settle()
  expect(bench.sent).toEqual([])
  expect(bench.running.sizes().outbound).toBe(0)
})

test('SUBSCRIBE opens a dialog that the last NOTIFY ends, both ways', () => {
  const bench = openBench()
  const app = bench.app('subscribe')
  bench.receive(request('SUBSCRIBE', 'Contact: <sip:alice@127.0.0.1:5070>\n'))
  const frameId = bench.sip(app, app.delivered('SUBSCRIBE')?.fields[8] ?? '', 'SIP/2.0 202 OK\n')
  const dialogId = app.replies(frameId)[0]?.fields[11]
  expect(dialogId).toBe('out-1;from-tag=al')
  const notify = 'NOTIFY sip:placeholder SIP/2.0\nSubscription-State: terminated\n'
  bench.sip(app, `|${dialogId}`, notify)
  const sent = bench.requests().at(-1)
  expect(header(sent, 'Contact')).toBe('<sip:127.0.0.1:5060>')
  if (sent) bench.receive(answerTo(sent, 200))
  expect(bench.running.sizes().dialogs).toBe(0)
})

test('Max-Forwards, From, To and unknown headers of an app, as the protocol says', () => {
  const bench = openBench()
  const app = bench.app()
  bench.sip(
    app,
    '',
    `OPTIONS sip:bob@127.0.0.1:5080 SIP/2.0
From: sip:bare@localhost;x=1
To: "Bob localhost" <sip:t@localhost:99;user=phone>
P-Asserted-Identity: <sip:pai@localhost>
Max-Forwards: abc
Via: SIP/2.0/UDP 6.6.6.6
Route: <sip:6.6.6.6;lr>
Record-Route: <sip:6.6.6.6;lr>
Content-Length: 77
x-foo: 1
identity: sig

`,
  )
  const [sent] = bench.requests()
  expect(header(sent, 'From')).toMatch(/^<sip:bare@127\.0\.0\.1:5060>;x=1;tag=\w+$/)
  expect(header(sent, 'To')).toBe('"Bob localhost" <sip:t@127.0.0.1:5060;user=phone>')
  expect(header(sent, 'P-Asserted-Identity')).toBe('<sip:pai@127.0.0.1:5060>')
  expect(header(sent, 'Max-Forwards')).toBe('70')
  expect(header(sent, 'Identity')).toBe('sig')
  expect(header(sent, 'Contact')).toBe('')
  const text = bench.sent[0]?.bytes.toString() ?? ''
  expect(text).not.toContain('6.6.6.6')
  expect(text).toContain('\r\nContent-Length: 0\r\n')
  expect(text).toContain('\r\nx-foo: 1\r\n')
})

test('a 100 is told to an app that asked for it by `trying`', () => {
  const bench = openBench()
  const app = bench.app('trying')
  bench.sip(app, '', 'INVITE sip:bob@127.0.0.1:5080 SIP/2.0\n')
  const [sent] = bench.requests()
  if (sent) bench.receive(answerTo(sent, 100, { tag: '' }), { port: 5080 })
  expect(app.deliveries('SIP/2.0 100')).toHaveLength(1)
})

test('a provisional that must be reliable is refused, since it could not be', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite())
  const frameId = bench.sip(
    app,
    app.delivered('INVITE')?.fields[8] ?? '',
    'SIP/2.0 183 Progress\nRequire: 100rel\n',
  )
  expect(app.replies(frameId)[0]?.fields.slice(3)).toEqual([
    'NOK',
    'Remote endpoint does not support 100rel',
  ])
  expect(bench.responses().map(({ status }) => status)).toEqual([100])
})

test('a call over TCP: Contact says so, and requests in it keep to its connection', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const over = { protocol: 'tcp', port: 40_000, connection: 7 } as const
  bench.receive(invite().replace('SIP/2.0/UDP', 'SIP/2.0/TCP'), over)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const ok = bench.responses().at(-1)
  expect(header(ok, 'Contact')).toBe('<sip:127.0.0.1:5060;transport=tcp>')
  bench.receive(inDialog('ACK', 1, header(ok, 'To').split('tag=')[1] ?? ''), over)
  const frameId = bench.sip(app, '|call-1;from-tag=al', 'INFO sip:placeholder SIP/2.0\n')
  expect(bench.sent.at(-1)?.to).toMatchObject({ protocol: 'tcp', connection: 7 })
  expect(app.replies(frameId)[0]?.fields.slice(6, 9)).toEqual(['tcp', '127.0.0.1', '40000'])
})

test('once its connection is gone, a request in a call over TCP goes where the Contact says', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const over = { protocol: 'tcp', port: 40_000, connection: 7 } as const
  const text = invite().replace('SIP/2.0/UDP', 'SIP/2.0/TCP')
  bench.receive(text.replace('127.0.0.1:5070>\nC', '127.0.0.1:5070;transport=tcp>\nC'), over)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag), over)
  bench.disconnect(7)
  bench.sip(app, '|call-1;from-tag=al', 'INFO sip:placeholder SIP/2.0\n')
  expect(bench.sent.at(-1)?.to).toMatchObject({ address: '127.0.0.1', port: 5070 })
  expect(bench.sent.at(-1)?.to.connection).toBeUndefined()
})

test('a TLS server that has proved its name is found again by it, whatever its Contact says', () => {
  const bench = openBench()
  const app = bench.app('invite')
  const proved = {
    protocol: 'tls',
    port: 5061,
    connection: 7,
    serverName: 'carrier.example',
  } as const
  bench.receive(invite().replace('SIP/2.0/UDP', 'SIP/2.0/TLS'), proved)
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const toTag = header(bench.responses().at(-1), 'To').split('tag=')[1] ?? ''
  bench.receive(inDialog('ACK', 1, toTag), proved)
  bench.disconnect(7)
  bench.sip(app, '|call-1;from-tag=al', 'INFO sip:placeholder SIP/2.0\n')
  expect(bench.sent.at(-1)?.to).toMatchObject({ port: 5061, serverName: 'carrier.example' })
})
