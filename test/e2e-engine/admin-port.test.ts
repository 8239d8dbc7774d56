import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { testCa } from '../support/certificates.ts'
import { UaCall } from '../support/udp-ua.ts'
import { type House, openHouse, until } from './house.ts'
import { RawApp } from './raw-app.ts'

const patienceMs = 5_000

/** A listening engine for one test, and all its clients gone afterwards. */
async function withHouse(
  more: Parameters<typeof openHouse>[0],
  run: (house: House) => Promise<void>,
): Promise<void> {
  const house = await openHouse(more)
  try {
    await run(house)
    expect(house.faults).toEqual([])
  } finally {
    await house.close()
  }
}

test('over TLS: the same frames, and a client that speaks no TLS is dropped', async () => {
  const ca = await testCa()
  const { certificate, key } = await ca.issue('IP:127.0.0.1')
  const tls = { certPem: certificate, keyPem: key }
  const door = { address: '127.0.0.1', port: 0, secret: 'other', tls }
  await withHouse({ moreAdmins: [door] }, async (house) => {
    const port = house.engine.moreAdminPorts[0] ?? 0
    const socket = connectTls({ port, host: '127.0.0.1', ca: ca.pem })
    await once(socket, 'secureConnect')
    const app = new RawApp(socket)
    expect((await app.reply(app.send('authenticate|other|'))).fields[3]).toBe('OK')
    expect((await app.reply(app.send('ping'))).fields[4]).toBe('pong')
    const plain = connectTcp(port, '127.0.0.1')
    plain.write('30#a|authenticate|other|ping-------')
    const heard: Buffer[] = []
    plain.on('data', (chunk: Buffer) => heard.push(chunk))
    await once(plain, 'close', { signal: AbortSignal.timeout(patienceMs) })
    expect(Buffer.concat(heard).toString()).not.toContain('OK')
    app.close()
  })
})

test('each admin port has a secret of its own', async () => {
  const door = { address: '127.0.0.1', port: 0, secret: 'other' }
  await withHouse({ moreAdmins: [door] }, async (house) => {
    const app = await RawApp.open(house.engine.moreAdminPorts[0] ?? 0)
    expect((await app.reply(app.send('authenticate|cymru|'))).fields[4]).toBe('incorrect secret')
    await app.untilClosed()
  })
})

test('a frame that never ends, and a client that never reads, cost their own connection', async () => {
  await withHouse({ limits: { stallMs: 200 } }, async (house) => {
    const half = await RawApp.open(house.engine.adminPort, 'cymru')
    half.write('900000#a|sip||')
    await half.untilClosed()
    const deaf = connectTcp(house.engine.adminPort, '127.0.0.1')
    await once(deaf, 'connect')
    deaf.write('25#a|authenticate|cymru|tag1|')
    deaf.pause()
    deaf.on('error', () => undefined)
    const ping = '6#a|ping'
    for (let at = 0; at < 2_000; at++) deaf.write(ping.repeat(100))
    await until(() => house.engine.sizes().clients === 0, 'the deaf client is dropped')
    deaf.destroy()
  })
})

test('frames of more than 12 kB and many of them at once are all served', async () => {
  await withHouse({}, async (house) => {
    const app = await RawApp.open(house.engine.adminPort, 'cymru')
    const ids = Array.from({ length: 20 }, () => app.send(`ping|${'x'.repeat(60_000)}`))
    for (const id of ids) expect((await app.reply(id)).fields[4]).toBe('pong')
    app.close()
  })
})

test('more clients than there may be are closed at once, and leave room again', async () => {
  await withHouse({ limits: { clientsMax: 2 } }, async (house) => {
    const { adminPort } = house.engine
    const first = await RawApp.open(adminPort, 'cymru')
    const second = await RawApp.open(adminPort, 'cymru')
    const third = await RawApp.open(adminPort)
    await third.untilClosed()
    first.close()
    await until(() => house.engine.sizes().clients === 1, 'the first is gone')
    const fourth = await RawApp.open(adminPort, 'cymru')
    for (const app of [second, fourth]) app.close()
  })
})

test('two apps in turn; one dies: its calls end, those of the other go on', async () => {
  await withHouse({}, async (house) => {
    const apps = [
      await RawApp.open(house.engine.adminPort, 'cymru'),
      await RawApp.open(house.engine.adminPort, 'cymru'),
    ]
    for (const app of apps) await app.reply(app.send('route|invite'))
    const calls: UaCall[] = []
    for (const app of apps) {
      const call = new UaCall(house.alice, house.port, 'bob')
      call.invite()
      const invite = await app.delivered('INVITE')
      app.send(`sip|${invite.fields[8]}|`, 'SIP/2.0 200 OK\n')
      call.ack(await house.alice.response(200))
      await app.delivered('ACK')
      calls.push(call)
    }
    const [dying, living] = apps
    dying?.close()
    const bye = await house.alice.request('BYE')
    house.alice.respond(bye, 200)
    await until(() => house.engine.sizes().dialogs === 1, 'one dialog is left')
    calls[1]?.request('INFO')
    await living?.delivered('INFO')
    living?.close()
  })
})
