import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sdp, UaAnsweredCall, UaCall, UdpUa } from '../support/udp-ua.ts'
import { type House, openHouse, until } from './house.ts'
import type { Handler, SrfDialog, SrfMessage } from './srf.ts'

let house: House

beforeEach(async () => {
  house = await openHouse()
})

afterEach(async () => {
  expect(house.faults).toEqual([])
  await house.close()
})

/** An app that bridges every call to bob, and what became of the calls. */
async function bridge(options: object = {}) {
  const app = await house.app()
  const calls: { uas: SrfDialog; uac: SrfDialog }[] = []
  const errors: { status?: number }[] = []
  app.invite((req, res) => {
    app
      .createB2BUA(req, res, house.bobUri, options)
      .then((call) => {
        call.uas.on('destroy', () => void call.uac.destroy())
        call.uac.on('destroy', () => void call.uas.destroy())
        calls.push(call)
      })
      .catch((error: { status?: number }) => errors.push(error))
  })
  return { app, calls, errors }
}

/** A call that alice has placed and bob has answered. */
async function answeredCall() {
  const bridged = await bridge()
  const call = new UaCall(house.alice, house.port, 'bob')
  call.invite()
  const invite = await house.bob.request('INVITE')
  house.bob.respond(invite, 180)
  await house.alice.response(180)
  house.bob.respond(invite, 200, { body: sdp })
  const ok = await house.alice.response(200)
  call.ack(ok)
  await house.bob.request('ACK')
  await until(() => bridged.calls.length === 1, 'createB2BUA')
  const { uas, uac } = bridged.calls[0] as { uas: SrfDialog; uac: SrfDialog }
  return { ...bridged, call, invite, ok, uas, uac }
}

/** The state of the engine when no call is left, but for what lingers against repetitions. */
async function allGone(): Promise<void> {
  await until(() => {
    const { inbound, outbound, dialogs } = house.engine.sizes()
    return inbound + outbound + dialogs === 0
  }, 'nothing left')
}

test('createB2BUA: a whole call, ended by the caller', async () => {
  const { call, invite, ok, uas } = await answeredCall()
  expect(invite.message.first('from')).toMatch(/^<sip:alice@127\.0\.0\.1:\d+>;tag=/)
  expect(ok.message.first('contact')).toBe(`<sip:127.0.0.1:${house.port}>`)
  expect(ok.message.body).toBe(sdp)
  call.request('BYE')
  const bye = await house.bob.request('BYE')
  house.bob.respond(bye, 200)
  await house.alice.response(200, 'BYE')
  expect(uas.id).toMatch(/;from-tag=/)
  await allGone()
})

test('createB2BUA: ended by the callee', async () => {
  const { invite, uac } = await answeredCall()
  const ended = once(uac, 'destroy')
  new UaAnsweredCall(house.bob, invite).request('BYE')
  await house.bob.response(200, 'BYE')
  await ended
  house.alice.respond(await house.alice.request('BYE'), 200)
  await allGone()
})

test('CANCEL while ringing: 487 to the caller, CANCEL to the callee', async () => {
  const { errors } = await bridge()
  const call = new UaCall(house.alice, house.port, 'bob')
  call.invite()
  const invite = await house.bob.request('INVITE')
  house.bob.respond(invite, 180)
  await house.alice.response(180)
  call.cancel()
  await house.alice.response(200, 'CANCEL')
  call.ackFailure(await house.alice.response(487))
  house.bob.respond(await house.bob.request('CANCEL'), 200)
  house.bob.respond(invite, 487)
  await house.bob.request('ACK')
  await until(() => errors.length === 1, 'createB2BUA rejected')
  expect(errors[0]?.status).toBe(487)
  await allGone()
})

test('CANCEL before the app has said anything reaches its request', async () => {
  const app = await house.app()
  let seen: SrfMessage | undefined
  app.invite((req) => {
    seen = req
    req.on('cancel', () => Object.assign(req, { canceled: true }))
  })
  const call = new UaCall(house.alice, house.port, 'bob')
  call.invite()
  await house.alice.response(100)
  call.cancel()
  await house.alice.response(200, 'CANCEL')
  call.ackFailure(await house.alice.response(487))
  await until(() => seen?.canceled === true, 'cancel event')
  await allGone()
})

test('the callee refuses: the caller gets the same status', async () => {
  const { errors } = await bridge()
  const call = new UaCall(house.alice, house.port, 'bob')
  call.invite()
  house.bob.respond(await house.bob.request('INVITE'), 486)
  call.ackFailure(await house.alice.response(486))
  await house.bob.request('ACK')
  await until(() => errors.length === 1, 'createB2BUA rejected')
  await allGone()
})

test('re-INVITE from the caller, bridged to the callee by modify, and back', async () => {
  const { call, uas, uac } = await answeredCall()
  uas.on('modify', ((req, res) => {
    void uac.modify(req.body).then((body) => res.send(200, { body }))
  }) as Handler)
  const offer = sdp.replace('11000', '11002')
  call.request('INVITE', { body: offer })
  const reinvite = await house.bob.request('INVITE')
  expect(reinvite.message.body).toBe(offer)
  house.bob.respond(reinvite, 200, { body: sdp.replace('11000', '12002') })
  await house.bob.request('ACK')
  const ok = await house.alice.response(200)
  expect(ok.message.body).toContain('12002')
  call.ack(ok)
})

test('re-INVITE by the app with a 180 before its 200: modify resolves', async () => {
  const { uac } = await answeredCall()
  const modified = uac.modify(sdp.replace('11000', '11004'))
  const reinvite = await house.bob.request('INVITE')
  house.bob.respond(reinvite, 180)
  house.bob.respond(reinvite, 200, { body: sdp.replace('11000', '12004') })
  await house.bob.request('ACK')
  expect(await modified).toContain('12004')
})

test('re-INVITE by the app toward the caller', async () => {
  const { uas } = await answeredCall()
  const modified = uas.modify(sdp.replace('11000', '11006'))
  const reinvite = await house.alice.request('INVITE')
  expect(reinvite.message.first('call-id')).toBe(uas.id.split(';')[0])
  house.alice.respond(reinvite, 200, { body: sdp })
  await house.alice.request('ACK')
  await modified
})

test('INFO and UPDATE both ways', async () => {
  const { call, invite, uas, uac } = await answeredCall()
  uas.on('info', ((_req, res) => res.send(200)) as Handler)
  call.request('INFO', { body: 'x', type: 'text/plain' })
  await house.alice.response(200, 'INFO')
  const answer = uac.request({
    method: 'INFO',
    body: 'y',
    headers: { 'Content-Type': 'text/plain' },
  })
  const info = await house.bob.request('INFO')
  expect(info.message.body).toBe('y')
  house.bob.respond(info, 200)
  expect((await answer).status).toBe(200)
  new UaAnsweredCall(house.bob, invite).request('UPDATE', { body: sdp })
  await house.bob.response(200, 'UPDATE')
})

test('refused and unreachable outgoing calls come back as their status', async () => {
  const app = await house.app()
  const refused = app.createUAC(house.bobUri, { localSdp: sdp })
  house.bob.respond(await house.bob.request('INVITE'), 404)
  await expect(refused).rejects.toMatchObject({ status: 404 })
  await house.bob.request('ACK')
  const gone = await UdpUa.open()
  const { port } = gone
  gone.close()
  const overUdp = app.createUAC(`sip:x@127.0.0.1:${port}`, { localSdp: sdp })
  await expect(overUdp).rejects.toMatchObject({ status: 503 })
  const overTcp = app.createUAC(`sip:x@127.0.0.1:${port};transport=tcp`, { localSdp: sdp })
  await expect(overTcp).rejects.toMatchObject({ status: 503 })
  await allGone()
})

test('an OPTIONS sent by an app is answered to it', async () => {
  const app = await house.app()
  const request = await app.request(house.bobUri, { method: 'OPTIONS' })
  const answer = once(request, 'response')
  house.bob.respond(await house.bob.request('OPTIONS'), 200)
  const [response] = (await answer) as [SrfMessage]
  expect(response.status).toBe(200)
})

test('two apps share new calls in turn, and each keeps its own', async () => {
  const served: number[] = []
  const dialogs: SrfDialog[] = []
  for (const at of [0, 1]) {
    const app = await house.app()
    app.invite((req, res) => {
      served.push(at)
      void app.createUAS(req, res, { localSdp: sdp }).then((dialog) => {
        dialog.on('info', ((_req, answer) => {
          answer.send(200, { headers: { 'X-App': String(at) } })
        }) as Handler)
        dialogs.push(dialog)
      })
    })
  }
  const seen: string[] = []
  for (let nth = 0; nth < 4; nth++) {
    const call = new UaCall(house.alice, house.port, 'bob')
    call.invite()
    call.ack(await house.alice.response(200))
    await until(() => dialogs.length === nth + 1, 'createUAS')
    call.request('INFO')
    seen.push((await house.alice.response(200, 'INFO')).message.first('x-app') ?? '')
  }
  expect(served.toSorted()).toEqual([0, 0, 1, 1])
  expect(seen).toEqual(served.map(String))
})

test('an app that is gone: its calls end by BYE on both sides', async () => {
  const { app } = await answeredCall()
  house.leave(app)
  const byes = await Promise.all([house.alice.request('BYE'), house.bob.request('BYE')])
  for (const bye of byes) {
    expect(bye.message.first('reason')).toContain('Application disconnected')
  }
  house.alice.respond(byes[0], 200)
  house.bob.respond(byes[1], 200)
  await allGone()
  const next = new UaCall(house.alice, house.port, 'bob')
  next.invite()
  next.ackFailure(await house.alice.response(503))
})

test('an app that is gone while a call rings: 503 to the caller, CANCEL to the callee', async () => {
  const { app } = await bridge()
  const call = new UaCall(house.alice, house.port, 'bob')
  call.invite()
  const invite = await house.bob.request('INVITE')
  house.bob.respond(invite, 180)
  await house.alice.response(180)
  house.leave(app)
  call.ackFailure(await house.alice.response(503))
  house.bob.respond(await house.bob.request('CANCEL'), 200)
  house.bob.respond(invite, 200, { body: sdp })
  await house.bob.request('ACK')
  house.bob.respond(await house.bob.request('BYE'), 200)
  await allGone()
})
