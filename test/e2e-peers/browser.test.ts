import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Capture, startCapture } from '../support/capture.ts'
import { testCa } from '../support/certificates.ts'
import { expectSound } from '../support/expect-sound.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { soon } from '../support/soon.ts'
import { startBrowser } from './browser.ts'
import { startKamailio } from './kamailio.ts'
import { type PeerGate, startPeerGate } from './peer-gate.ts'

// Two pages of a real browser, with its WebRTC: one calls the gate over secure WebSocket, the other
// is registered at the carrier, a Kamailio.

const timeout = 90_000
let stack: AsyncDisposableStack
let capture: Capture
let peer: PeerGate
let caller: Page
let callee: Page

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  capture = stack.use(await startCapture())
  const pages = stack.use(await startBrowser())
  const carrier = stack.use(await startKamailio())
  peer = stack.use(
    await startPeerGate({
      carrierPort: carrier.port,
      carrierTransport: 'tcp',
      ca: await testCa(),
      tlsKeyLog: capture.tlsKeyLog,
      webSocketOrigins: [pages.origin],
    }),
  )
  caller = await pages.open()
  callee = await pages.open()
  await run(caller, 'connect', `wss://127.0.0.1:${peer.ports.wss}`, ownNumber)
  await run(callee, 'connect', `ws://127.0.0.1:${carrier.port}`, callable)
  await run(callee, 'register')
}, timeout)

afterAll(() => stack.disposeAsync())

function run(page: Page, does: string, ...given: readonly unknown[]): Promise<unknown> {
  return page.evaluate(`phone.${does}(...${JSON.stringify(given)})`)
}

async function until(page: Page, state: string): Promise<void> {
  await soon(async () => expect(await run(page, 'state')).toBe(state))
}

async function answeredCall(): Promise<void> {
  await run(caller, 'call', callable, [`X-API-Key: ${peer.gate.keys.good}`])
  await until(caller, 'Established')
  await until(callee, 'Established')
}

test('a page calls another; both hold and resume, and the caller hangs up', {
  timeout,
}, async () => {
  await answeredCall()
  for (const page of [caller, callee]) {
    expect(await run(page, 'hold', true)).toBe('recvonly')
    expect(await run(page, 'hold', false)).toBe('sendrecv')
  }
  await run(caller, 'hangUp')
  await until(callee, 'Terminated')
  await peer.gate.idle()
})

test('a page that was called hangs up', { timeout }, async () => {
  await answeredCall()
  await run(callee, 'hangUp')
  await until(caller, 'Terminated')
  await peer.gate.idle()
})

test('a page without a key hears why it is refused', { timeout }, async () => {
  await run(caller, 'call', callable, [])
  await until(caller, 'Terminated')
  const answers = (await run(caller, 'answers')) as { status: number; reason: string }[]
  expect(answers.at(-1)?.status).toBe(403)
  expect(answers.at(-1)?.reason).toContain('text=')
})

test('all that went over the wire is sound', { timeout }, async () => {
  expectSound(await capture.read(), ['REGISTER', 'INVITE', 'ACK', 'BYE'])
})
