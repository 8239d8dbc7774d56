import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Capture, startCapture } from '../support/capture.ts'
import { testCa } from '../support/certificates.ts'
import { expectSound } from '../support/expect-sound.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { soon } from '../support/soon.ts'
import { type Kamailio, startKamailio } from './kamailio.ts'
import { type PeerGate, startPeerGate } from './peer-gate.ts'
import { SipJsPhone } from './sip-js-phone.ts'

// sip.js calls through the gate; the carrier is a Kamailio, at which the called sip.js is registered.

const timeout = 60_000
let stack: AsyncDisposableStack
let capture: Capture
let carrier: Kamailio
let peer: PeerGate
let caller: SipJsPhone
let callee: SipJsPhone
let key = ''

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  capture = stack.use(await startCapture())
  carrier = stack.use(await startKamailio())
  peer = stack.use(await startPeerGate({ carrierPort: carrier.port, ca: await testCa() }))
  key = `X-API-Key: ${peer.gate.keys.good}`
  const [near, far] = [`ws://127.0.0.1:${peer.ports.ws}`, `ws://127.0.0.1:${carrier.port}`]
  caller = stack.use(await SipJsPhone.connect({ url: near, user: ownNumber }))
  callee = stack.use(await SipJsPhone.connect({ url: far, user: callable }))
  await callee.register()
}, timeout)

afterAll(() => stack.disposeAsync())

async function answeredCall() {
  const coming = callee.nextCall()
  const placed = await caller.call(callable, [key])
  const taken = await coming
  await taken.answer()
  await placed.until('Established')
  await taken.until('Established')
  return { placed, taken }
}

test('a call is answered and the caller ends it; the callee never sees the key', {
  timeout,
}, async () => {
  const { placed, taken } = await answeredCall()
  expect(taken.header('X-API-Key')).toBeUndefined()
  expect(taken.header('Identity')).toContain(';ppt=shaken')
  await placed.hangUp()
  await taken.until('Terminated')
  await peer.gate.idle()
})

test('a call is answered and the callee ends it', { timeout }, async () => {
  const { placed, taken } = await answeredCall()
  await taken.hangUp()
  await placed.until('Terminated')
  await peer.gate.idle()
})

test('either side holds and resumes', { timeout }, async () => {
  const { placed, taken } = await answeredCall()
  for (const [one, other] of [
    [placed, taken],
    [taken, placed],
  ] as const) {
    await one.hold(true)
    expect(other.media.heard.at(-1)).toBe('sendonly')
    expect(one.media.heard.at(-1)).toBe('recvonly')
    await one.hold(false)
    expect(other.media.heard.at(-1)).toBe('sendrecv')
    expect(one.media.heard.at(-1)).toBe('sendrecv')
  }
  await placed.hangUp()
  await taken.until('Terminated')
  await peer.gate.idle()
})

test('a caller who gives up while it rings stops the ringing', { timeout }, async () => {
  const coming = callee.nextCall()
  const placed = await caller.call(callable, [key])
  const taken = await coming
  await soon(() => expect(placed.answers.map(({ statusCode }) => statusCode)).toContain(180))
  await placed.cancel()
  await taken.until('Terminated')
  await placed.until('Terminated')
  expect(placed.answers.at(-1)?.statusCode).toBe(487)
  await peer.gate.idle()
})

test.each([
  ['without a key', () => []],
  ['with the key of nobody', () => [`X-API-Key: ${peer.gate.unknownKey}`]],
])('a call %s is refused with a reason that is heard', { timeout }, async (_what, headers) => {
  const calls = callee.calls.length
  const placed = await caller.call(callable, headers())
  await placed.until('Terminated')
  const last = placed.answers.at(-1)
  expect(last?.statusCode).toBe(403)
  expect(last?.getHeader('Reason')).toContain('text=')
  expect(callee.calls.length).toBe(calls)
})

test('all that went over the wire is sound', { timeout }, async () => {
  expectSound(await capture.read(), ['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER'])
})
