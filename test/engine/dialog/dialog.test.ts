import { expect, test } from 'vitest'
import { dialogFromRequest, dialogFromResponse } from '../../../src/engine/dialog/dialog.ts'
import { dialogIdOf } from '../../../src/engine/dialog/dialog-id.ts'
import { planRoute } from '../../../src/engine/dialog/route-set.ts'
import type { Header, Request, Response } from '../../../src/engine/message/message.ts'
import type { Arrival, Endpoint, Listener } from '../../../src/engine/transport/types.ts'

const listener: Listener = { protocol: 'udp', address: '127.0.0.1', port: 5060, host: '127.0.0.1' }
const body = Buffer.alloc(0)

function headers(contact: string, routes: readonly string[]): Header[] {
  return [
    { name: 'From', value: '<sip:a@h>;tag=al' },
    { name: 'To', value: '<sip:b@h>;tag=bo' },
    { name: 'Call-ID', value: 'c' },
    { name: 'CSeq', value: '7 INVITE' },
    ...(contact === '' ? [] : [{ name: 'Contact', value: contact }]),
    ...routes.map((value) => ({ name: 'Record-Route', value })),
  ]
}

interface Seen {
  readonly contact?: string
  readonly routes?: readonly string[]
  readonly source?: Partial<Endpoint>
  readonly connection?: number
}

function asked(seen: Seen): Arrival<Request> {
  const { contact = '<sip:a@10.0.0.1:5070>', routes = [], source, connection } = seen
  const from: Endpoint = { protocol: 'udp', address: '10.0.0.1', port: 5070, ...source }
  const message = { kind: 'request', method: 'INVITE', uri: 'sip:b@h', body } as const
  return {
    message: { ...message, headers: headers(contact, routes) },
    source: from,
    listener,
    connection,
    size: 1,
  }
}

function answered(seen: Seen): Arrival<Response> {
  const message = { kind: 'response', status: 200, reason: 'OK', body } as const
  const { message: request, ...rest } = asked(seen)
  return { ...rest, message: { ...message, headers: request.headers } }
}

const seed = { callId: 'c', local: '<sip:a@h>;tag=al', sequence: 7 }
const uas = (seen: Seen) => dialogFromRequest(asked(seen), 'mine')
const uac = (seen: Seen) => dialogFromResponse(seed, answered(seen))

test('the ids of both sides name the From tag', () => {
  expect(uas({}).id).toBe('c;from-tag=al')
  expect(uac({}).id).toBe('c;from-tag=al')
  expect(uac({}).remoteTag).toBe('bo')
  expect(dialogIdOf('x', '')).toBe('x;from-tag=')
})

test('the route set keeps its order for the callee and is reversed for the caller', () => {
  const routes = ['<sip:p1;lr>, <sip:p2;lr>', '<sip:p3;lr;x=1>']
  const order = ['<sip:p1;lr>', '<sip:p2;lr>', '<sip:p3;lr;x=1>']
  expect(uas({ routes }).plan().routes).toEqual(order)
  expect(uac({ routes }).plan().routes).toEqual(order.toReversed())
})

test('a loose router leaves the remote target in the request-URI', () => {
  expect(planRoute(['<sip:p1;lr>', '<sip:p2;lr>'], 'sip:b@h')).toEqual({
    requestUri: 'sip:b@h',
    routes: ['<sip:p1;lr>', '<sip:p2;lr>'],
    nextHop: 'sip:p1;lr',
  })
})

test('a strict router takes the request-URI and the remote target comes last', () => {
  expect(planRoute(['<sip:p1>', '<sip:p2;lr>'], 'sip:b@h')).toEqual({
    requestUri: 'sip:p1',
    routes: ['<sip:p2;lr>', '<sip:b@h>'],
    nextHop: 'sip:p1',
  })
})

test('without a route set the remote target is the next hop', () => {
  expect(uas({}).plan()).toEqual({
    requestUri: 'sip:a@10.0.0.1:5070',
    routes: [],
    nextHop: 'sip:a@10.0.0.1:5070',
  })
})

test('our numbers go up by one, theirs must go up', () => {
  const dialog = uas({})
  expect([dialog.nextSequence(), dialog.nextSequence()]).toEqual([2, 3])
  expect([6, 7, 8, 8, 20].map((at) => dialog.acceptSequence(at))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ])
  expect(uac({}).nextSequence()).toBe(8)
  expect(uac({}).acceptSequence(0)).toBe(true)
})

test.each([
  ['callee, Contact is the source', uas, {}, false],
  ['callee, another host', uas, { contact: '<sip:a@192.168.1.1:5070>' }, true],
  ['callee, another port', uas, { contact: '<sip:a@10.0.0.1:9999>' }, true],
  ['callee, no port', uas, { contact: '<sip:a@10.0.0.1>' }, false],
  ['callee, a name', uas, { contact: '<sip:a@phone.example>' }, true],
  ['callee, a route', uas, { contact: '<sip:a@1.1.1.1>', routes: ['<sip:p;lr>'] }, false],
  [
    'callee, the source spelled otherwise',
    uas,
    { contact: '<sip:a@[2001:DB8:0:0::1]:5070>', source: { address: '2001:db8::1' } },
    false,
  ],
  [
    'callee, a link-local address, whose zone the source alone has',
    uas,
    { contact: '<sip:a@[fe80::1]:5070>', source: { address: 'fe80::1%eth0' } },
    true,
  ],
  [
    'caller, behind a proxy at a link-local address',
    uac,
    { routes: ['<sip:[fe80::2];lr>'], source: { address: 'fe80::2%eth0' } },
    true,
  ],
  ['caller, another host', uac, { contact: '<sip:b@1.1.1.1:5070>' }, true],
  ['caller, another port', uac, { contact: '<sip:b@10.0.0.1:9999>' }, false],
  ['caller, public route', uac, { routes: ['<sip:9.9.9.9;lr>'] }, false],
  [
    'caller, private route seen from outside',
    uac,
    { routes: ['<sip:172.16.0.1;lr>'], source: { address: '8.8.8.8' } },
    true,
  ],
  [
    'caller, 172.32 is public',
    uac,
    { routes: ['<sip:172.32.0.1;lr>'], source: { address: '8.8.8.8' } },
    false,
  ],
  ['caller, private route seen from inside', uac, { routes: ['<sip:192.168.0.1;lr>'] }, false],
] as const)('behind a NAT or not: %s', (_what, make, seen, natted) => {
  const dialog = make(seen as Seen)
  expect(dialog.override !== undefined).toBe(natted)
  if (natted) expect(dialog.override).toMatchObject({ protocol: 'udp', port: 5070 })
})

test('a dialog on a connection keeps to it', () => {
  const dialog = uas({ source: { protocol: 'tcp', port: 40_000 }, connection: 3 })
  expect(dialog.override).toMatchObject({ protocol: 'tcp', port: 40_000, connection: 3 })
})

test('a dialog on a connection of ours keeps to it only where its target is the other end', () => {
  const on = { source: { protocol: 'tcp', port: 5070 }, connection: 3 } as const
  expect(uac(on).override).toMatchObject({ port: 5070, connection: 3 })
  expect(uac({ ...on, contact: '<sip:a@10.0.0.1:5071;transport=tcp>' }).override).toBeUndefined()
  expect(uac({ ...on, contact: '<sip:a@10.0.0.2:5070;transport=tcp>' }).override).toBeUndefined()
  expect(uac({ ...on, routes: ['<sip:10.0.0.3;transport=tcp;lr>'] }).override).toBeUndefined()
})

test.each(['ws', 'wss'] as const)(
  'a dialog over %s keeps to its socket, whoever called',
  (protocol) => {
    const contact = `<sip:b@page.invalid;transport=${protocol}>`
    const on = { source: { protocol, port: 40_000 }, connection: 3, contact }
    expect(uas(on).override).toMatchObject({ protocol, connection: 3 })
    expect(uac(on).override).toMatchObject({ protocol, connection: 3 })
  },
)

test('a target over IPv6 is compared with where it was seen', () => {
  const source = { address: '2001:db8::1' }
  expect(uas({ source, contact: '<sip:a@[2001:DB8::1]:5070>' }).override).toBeUndefined()
  expect(uas({ source, contact: '<sip:a@[2001:db8::2]:5070>' }).override).toBeDefined()
  const on = { source: { ...source, protocol: 'tls', port: 5061 }, connection: 3 } as const
  const contact = '<sip:a@[2001:db8::1];transport=tls>'
  expect(uac({ ...on, contact }).override).toMatchObject({ connection: 3 })
  expect(uas({ ...on, contact: '' }).remoteTarget).toBe('sip:[2001:db8::1]:5061;transport=tls')
})

test('a refresh over another connection moves the dialog to it', () => {
  const dialog = uas({ source: { protocol: 'tcp', port: 40_000 }, connection: 3 })
  const { message, source } = asked({ source: { protocol: 'tcp', port: 40_001 } })
  dialog.refreshTarget(message, { ...source, connection: 4 })
  expect(dialog.override).toMatchObject({ port: 40_001, connection: 4 })
})

test('a refresh moves the remote target, and no Contact leaves it', () => {
  const dialog = uas({})
  dialog.refreshTarget(asked({ contact: '' }).message, asked({}).source)
  expect(dialog.remoteTarget).toBe('sip:a@10.0.0.1:5070')
  dialog.refreshTarget(asked({ contact: '<sip:new@10.0.0.1:5071>' }).message, asked({}).source)
  expect(dialog.remoteTarget).toBe('sip:new@10.0.0.1:5071')
})

test('an answer without Contact leaves its source as remote target', () => {
  expect(uac({ contact: '' }).remoteTarget).toBe('sip:10.0.0.1:5070')
})

test('the 2xx says the route set anew, whatever the 180 had said', () => {
  const dialog = uac({ routes: ['<sip:old;lr>'] })
  dialog.confirm(answered({ routes: ['<sip:new;lr>'] }))
  expect(dialog.plan().routes).toEqual(['<sip:new;lr>'])
})

test('the remote target has no header part: a request-URI must not', () => {
  const contact = '<sip:a@10.0.0.1:5070;user=phone?Subject=x&Route=y>'
  expect(uas({ contact }).remoteTarget).toBe('sip:a@10.0.0.1:5070;user=phone')
  expect(uac({ contact }).plan().requestUri).toBe('sip:a@10.0.0.1:5070;user=phone')
})
