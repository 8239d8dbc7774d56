import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { DispatchSettings } from '../../src/engine/dispatch/settings.ts'
import { testCa } from '../support/certificates.ts'
import { UaCall } from '../support/udp-ua.ts'
import { type House, openHouse } from './house.ts'
import { RawApp } from './raw-app.ts'
import { type Handler, listenSrf } from './srf.ts'

const stack: (() => unknown)[] = []

afterEach(async () => {
  for (const close of stack.splice(0).reverse()) await close()
})

async function openAt(dispatch: DispatchSettings): Promise<House> {
  const house = await openHouse({ dispatch })
  stack.push(async () => {
    await house.close()
    expect(house.faults).toEqual([])
  })
  return house
}

/** An app that listens for the engine. */
async function listeningApp() {
  const apps: RawApp[] = []
  const server = createServer((socket) => void apps.push(new RawApp(socket)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.push(() => {
    for (const app of apps) app.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    uri: `127.0.0.1:${port}`,
    next: async (): Promise<RawApp> => {
      while (apps.length === 0) await once(server, 'connection')
      return apps.shift() as RawApp
    },
    close: () => server.close(),
  }
}

/** A handler that answers every question the same way. */
async function handler(answer: { status?: number; body: string }) {
  const asked: IncomingMessage[] = []
  const server = createHttp((request, response) => {
    asked.push(request)
    response.writeHead(answer.status ?? 200, { location: 'http://127.0.0.1:1/' })
    response.end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, asked }
}

/** A call of alice's to a number that nobody serves by himself. */
function call(house: House, called = '+12025550123'): UaCall {
  const placed = new UaCall(house.alice, house.port, called)
  placed.invite()
  return placed
}

test('by the table: an app that listens authenticates, gets the call after the OK, and owns it', async () => {
  const app = await listeningApp()
  const decision = { action: 'route', data: { uri: app.uri } }
  const house = await openAt({ table: [{ prefix: 'sip:+1', decision }] })
  const placed = call(house)
  const connection = await app.next()
  const ok = await connection.reply(connection.send('authenticate|cymru|'))
  expect(ok.fields[3]).toBe('OK')
  expect(connection.frames.length).toBeLessThanOrEqual(1)
  const invite = await connection.delivered('INVITE')
  expect(invite.fields).toHaveLength(13)
  connection.send(`sip|${invite.fields[8]}|`, 'SIP/2.0 200 OK\n')
  placed.ack(await house.alice.response(200))
  await connection.delivered('ACK')
  placed.request('BYE')
  expect((await connection.delivered('BYE')).fields[9]).toContain('from-tag=')
})

test('an app that goes takes its call with it', async () => {
  const app = await listeningApp()
  const decision = { action: 'route', data: { uri: app.uri } }
  const house = await openAt({ table: [{ decision }] })
  call(house)
  const connection = await app.next()
  await connection.reply(connection.send('authenticate|cymru|'))
  await connection.delivered('INVITE')
  connection.close()
  await house.alice.response(503)
})

test('nobody listens there, or it does not know the secret: 480', async () => {
  const closed = await listeningApp()
  closed.close()
  const house = await openAt({
    table: [{ decision: { action: 'route', data: { uri: closed.uri } } }],
  })
  call(house)
  await house.alice.response(480)
  const app = await listeningApp()
  const other = await openAt({ table: [{ decision: { action: 'route', data: { uri: app.uri } } }] })
  call(other)
  const connection = await app.next()
  connection.send('authenticate|wrong|')
  await other.alice.response(480)
})

test('a call that is cancelled while its app is being reached is not delivered', async () => {
  const app = await listeningApp()
  const house = await openAt({ table: [{ decision: { action: 'route', data: { uri: app.uri } } }] })
  const placed = call(house)
  const connection = await app.next()
  placed.cancel()
  await house.alice.response(487)
  await connection.reply(connection.send('authenticate|cymru|'))
  await connection.untilClosed()
  expect(connection.frames.filter(({ fields }) => fields[1] === 'sip')).toEqual([])
})

test('by tag: of the connected apps the one that has announced it', async () => {
  const house = await openAt({
    table: [{ decision: { action: 'route', data: { tag: 'blue' } } }],
  })
  call(house)
  await house.alice.response(503)
  const red = await RawApp.open(house.engine.adminPort)
  await red.reply(red.send('authenticate|cymru|red'))
  const blue = await RawApp.open(house.engine.adminPort)
  await blue.reply(blue.send('authenticate|cymru|green,blue'))
  for (const app of [red, blue]) await app.reply(app.send('route|invite'))
  for (let calls = 0; calls < 2; calls++) {
    call(house)
    await blue.delivered('INVITE')
  }
  red.close()
  blue.close()
})

test('by HTTP: the handler is told who calls whom, and its answer is done', async () => {
  const body = JSON.stringify({ action: 'reject', data: { status: 606, reason: 'No' } })
  const http = await handler({ body })
  const house = await openAt({ http: { url: http.url } })
  call(house, 'bob')
  await house.alice.response(606)
  const { searchParams } = new URL(http.asked[0]?.url ?? '', http.url)
  expect(searchParams.get('method')).toBe('INVITE')
  expect(searchParams.get('source_address')).toBe('127.0.0.1')
  expect(searchParams.get('uriUser')).toBe('bob')
})

test.each([
  ['no JSON', { body: 'hello' }],
  ['no decision', { body: '{"action":"dance"}' }],
  ['a redirection, which is not followed', { status: 302, body: '' }],
  ['more than a decision can be', { body: ' '.repeat(100_000) }],
])('a handler that answers %s: 500', async (_what, answer) => {
  const http = await handler(answer)
  const house = await openAt({ http: { url: http.url } })
  call(house)
  await house.alice.response(500)
  expect(http.asked).toHaveLength(1)
})

test('a handler that answers too late, or is not there: 500', async () => {
  const silent = createHttp(() => undefined)
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  stack.push(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const { port } = silent.address() as AddressInfo
  const slow = await openAt({ http: { url: `http://127.0.0.1:${port}`, timeoutMs: 100 } })
  call(slow)
  await slow.alice.response(500)
  const gone = await openAt({ http: { url: 'http://127.0.0.1:1' } })
  call(gone)
  await gone.alice.response(500)
})

test('redirect and proxy by the table, without any app', async () => {
  const house = await openAt({
    table: [
      {
        prefix: 'sip:moved',
        decision: { action: 'redirect', data: { contact: 'sip:there@192.0.2.1' } },
      },
      {
        pattern: 'sip:\\+1\\d{10}@.*',
        decision: { action: 'proxy', data: { destination: 'sip:carrier@127.0.0.1:1' } },
      },
    ],
  })
  call(house, 'moved')
  const moved = await house.alice.response(302)
  expect(moved.text).toContain('Contact: <sip:there@192.0.2.1>')
  call(house)
  await house.alice.response(500)
})

test('respond: a 200 is one to OPTIONS, and no way to accept a call', async () => {
  const house = await openAt({
    table: [{ decision: { action: 'respond', data: { status: 200 } } }],
  })
  call(house).request('OPTIONS')
  expect((await house.alice.response(500)).text).toContain('INVITE')
})

test.each(['tcp', 'tls'])('srf.listen over %s: a call to an app on drachtio-srf', async (kind) => {
  const ca = await testCa()
  const { certificate: cert, key } = await ca.issue('IP:127.0.0.1')
  const { srf, server, port } = await listenSrf(kind === 'tls' ? { cert, key } : undefined)
  stack.push(() => server.close())
  const answered = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const take: Handler = (request, response) => {
    void srf.createUAS(request, response, { localSdp: 'v=0' }).then((dialog) => {
      answered.resolve()
      dialog.on('destroy', () => {
        srf.endSession(request)
        ended.resolve()
      })
    })
  }
  srf.invite(take)
  const data = { uri: `127.0.0.1:${port};transport=${kind}` }
  const house = await openAt({ table: [{ decision: { action: 'route', data } }], caPem: ca.pem })
  const placed = call(house)
  placed.ack(await house.alice.response(200))
  await answered.promise
  placed.request('BYE')
  await house.alice.response(200, 'BYE')
  await ended.promise
})

test('an app whose certificate nobody vouches for is not given a call', async () => {
  const { certificate: cert, key } = await (await testCa()).issue('IP:127.0.0.1')
  const { server, port } = await listenSrf({ cert, key })
  stack.push(() => server.close())
  const data = { uri: `127.0.0.1:${port};transport=tls` }
  const house = await openAt({
    table: [{ decision: { action: 'route', data } }],
    caPem: (await testCa()).pem,
  })
  call(house)
  await house.alice.response(480)
})
