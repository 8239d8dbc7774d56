import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, openHouse, settings } from '../e2e-engine/house.ts'
import { type Capture, startCapture } from '../support/capture.ts'
import { expectSound } from '../support/expect-sound.ts'
import { keepPort } from '../support/gate-ports.ts'
import { soon } from '../support/soon.ts'
import { SipJsPhone } from './sip-js-phone.ts'

// The embedded engine with a small registrar on drachtio-srf: sip.js registers over WebSocket under a
// Contact that nobody can resolve, and is called over the connection that it has opened.

const timeout = 60_000
let stack: AsyncDisposableStack
let capture: Capture
let house: House
let alice: SipJsPhone
let bob: SipJsPhone

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  capture = stack.use(await startCapture())
  const port = await keepPort()
  const listen = [...settings.listen, { protocol: 'ws', address: '127.0.0.1', port } as const]
  house = await openHouse({ listen })
  stack.defer(() => house.close())
  await startRegistrar()
  const url = `ws://127.0.0.1:${port}`
  alice = stack.use(await SipJsPhone.connect({ url, user: 'alice' }))
  bob = stack.use(await SipJsPhone.connect({ url, user: 'bob' }))
  await bob.register()
}, timeout)

afterAll(() => stack.disposeAsync())

/** Contacts by the user that registers; calls go to the one of the user that is called. */
async function startRegistrar(): Promise<void> {
  const app = await house.app()
  const contacts = new Map<string, string>()
  const userOf = (uri: string) => /sips?:([^@>]+)@/.exec(uri)?.[1] ?? ''
  app.register((request, response) => {
    const contact = request.get('Contact')
    contacts.set(userOf(request.get('To')), /<([^>]+)>/.exec(contact)?.[1] ?? '')
    response.send(200, { headers: { Contact: contact, Expires: '600' } })
  })
  app.invite((request, response) => {
    const contact = contacts.get(userOf(request.get('To')))
    if (!contact) return response.send(404)
    app.createB2BUA(request, response, contact).then(
      ({ uas, uac }) => {
        uas.on('destroy', () => void uac.destroy())
        uac.on('destroy', () => void uas.destroy())
      },
      () => undefined,
    )
  })
}

async function answeredCall() {
  const coming = bob.nextCall()
  const placed = await alice.call('bob')
  const taken = await coming
  await taken.answer()
  await placed.until('Established')
  await taken.until('Established')
  return { placed, taken }
}

async function expectNothingLeft(): Promise<void> {
  await soon(() => {
    const { inbound, outbound, dialogs } = house.engine.sizes()
    expect({ inbound, outbound, dialogs }).toEqual({ inbound: 0, outbound: 0, dialogs: 0 })
  })
}

test('a registered page is called over its own connection, whichever side ends the call', {
  timeout,
}, async () => {
  for (const end of ['placed', 'taken'] as const) {
    const call = await answeredCall()
    await call[end].hangUp()
    await call.placed.until('Terminated')
    await call.taken.until('Terminated')
  }
  await expectNothingLeft()
})

test('a caller who gives up while it rings stops the ringing', { timeout }, async () => {
  const coming = bob.nextCall()
  const placed = await alice.call('bob')
  const taken = await coming
  await soon(() => expect(placed.answers.map(({ statusCode }) => statusCode)).toContain(180))
  await placed.cancel()
  await taken.until('Terminated')
  await placed.until('Terminated')
  await expectNothingLeft()
})

test('who has not registered is not found', { timeout }, async () => {
  const placed = await alice.call('carol')
  await placed.until('Terminated')
  expect(placed.answers.at(-1)?.statusCode).toBe(404)
})

test('all that went over the wire is sound', { timeout }, async () => {
  expectSound(await capture.read(), ['REGISTER', 'INVITE', 'ACK', 'CANCEL', 'BYE'])
  expect(house.faults).toEqual([])
})
