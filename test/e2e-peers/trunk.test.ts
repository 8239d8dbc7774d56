import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Capture, startCapture } from '../support/capture.ts'
import { testCa } from '../support/certificates.ts'
import { expectSound } from '../support/expect-sound.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { Baresip } from './baresip.ts'
import { type Kamailio, startKamailio } from './kamailio.ts'
import { type PeerGate, startPeerGate } from './peer-gate.ts'

// baresip registers at a PBX, a Kamailio that adds the key and calls the gate; the carrier is a
// Kamailio too, and the called baresips are registered there. Both relay with Record-Route.

const timeout = 60_000
/** Another number that the carrier reaches. */
const elsewhere = '+14155552672'

describe.each(['udp', 'tcp', 'tls'] as const)('with trunks over %s', (transport) => {
  let stack: AsyncDisposableStack
  let capture: Capture
  let peer: PeerGate
  let phone: Baresip
  let callee: Baresip
  let third: Baresip
  let pbx: Kamailio
  let carrierTlsPort = 0

  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    capture = stack.use(await startCapture())
    const ca = await testCa()
    const tls = async () => ({ ...(await ca.issue('IP:127.0.0.1')), ca: ca.pem })
    const carrier = stack.use(await startKamailio({ tls: await tls() }))
    carrierTlsPort = carrier.tlsPort
    const isTls = transport === 'tls'
    const carrierPort = isTls ? carrier.tlsPort : carrier.port
    peer = stack.use(
      await startPeerGate({
        ca,
        carrierPort,
        carrierTransport: transport,
        transfers: 'relay',
        tlsKeyLog: capture.tlsKeyLog,
      }),
    )
    const upstream = `sip:127.0.0.1:${isTls ? peer.ports.tls : peer.ports.plain};transport=${transport}`
    pbx = stack.use(await startKamailio({ upstream, key: peer.gate.keys.good, tls: await tls() }))
    const start = async (user: string, registrarPort: number) =>
      stack.use(await Baresip.start({ user, registrarPort, transport: isTls ? 'tcp' : transport }))
    phone = await start(ownNumber, pbx.port)
    callee = await start(callable, carrier.port)
    third = await start(elsewhere, carrier.port)
  }, timeout)

  afterAll(() => stack.disposeAsync())

  async function answeredCall() {
    phone.dial(callable)
    await callee.until('CALL_INCOMING')
    await phone.until('CALL_RINGING')
    callee.accept()
    await callee.until('CALL_ESTABLISHED')
    await phone.until('CALL_ESTABLISHED')
  }

  test('a phone of the PBX calls, holds, resumes and hangs up', { timeout }, async () => {
    await answeredCall()
    for (const again of ['hold', 'resume'] as const) {
      phone[again]()
      await callee.until('CALL_REMOTE_SDP offer')
      await phone.until('CALL_REMOTE_SDP answer')
    }
    phone.hangUp()
    await callee.until('CALL_CLOSED')
    await phone.until('CALL_CLOSED')
    await peer.gate.idle()
  })

  test('the one who was called holds, resumes and hangs up', { timeout }, async () => {
    await answeredCall()
    for (const again of ['hold', 'resume'] as const) {
      callee[again]()
      await phone.until('CALL_REMOTE_SDP offer')
      await callee.until('CALL_REMOTE_SDP answer')
    }
    callee.hangUp()
    await phone.until('CALL_CLOSED')
    await callee.until('CALL_CLOSED')
    await peer.gate.idle()
  })

  test('a phone that hangs up while it rings stops the ringing', { timeout }, async () => {
    phone.dial(callable)
    await callee.until('CALL_INCOMING')
    await phone.until('CALL_RINGING')
    phone.hangUp()
    await callee.until('CALL_CLOSED')
    await peer.gate.idle()
  })

  test('a call that is declined ends for the caller', { timeout }, async () => {
    phone.dial(callable)
    await callee.until('CALL_INCOMING')
    callee.hangUp()
    await phone.until('CALL_CLOSED 486')
    await peer.gate.idle()
  })

  test('a transfer leads to a second call with a key, and ends the first', {
    timeout,
  }, async () => {
    await answeredCall()
    callee.transfer(elsewhere, pbx.port)
    await third.until('CALL_INCOMING')
    third.accept()
    await third.until('CALL_ESTABLISHED')
    await callee.until('CALL_CLOSED')
    expect((await peer.gate.ask('counts')).running).toBe(1)
    phone.hangUp()
    await third.until('CALL_CLOSED')
    await peer.gate.idle()
  })

  test('all that went over the wire is sound', { timeout }, async () => {
    expectSound(await capture.read([peer.ports.tls, carrierTlsPort]), [
      'REGISTER',
      'INVITE',
      'ACK',
      'CANCEL',
      'REFER',
      'NOTIFY',
      'BYE',
    ])
  })
})
