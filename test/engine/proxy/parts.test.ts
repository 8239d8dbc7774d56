import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Header, Request, Response } from '../../../src/engine/message/message.ts'
import { bestResponse } from '../../../src/engine/proxy/best-response.ts'
import { Challenged } from '../../../src/engine/proxy/challenged.ts'
import { readDuration, readProxyCommand } from '../../../src/engine/proxy/command.ts'
import { ProxiedDialogs, proxiedIdleMs } from '../../../src/engine/proxy/proxied-dialogs.ts'

const body = Buffer.alloc(0)
const response = (status: number, headers: Header[] = []): Response => ({
  kind: 'response',
  status,
  reason: '',
  headers,
  body,
})

test.each([
  ['2s', 2_000],
  ['500ms', 500],
  ['7', 7_000],
  ['', undefined],
  ['0s', undefined],
  ['1h', undefined],
  ['-1s', undefined],
  ['999999999s', undefined],
])('a timeout of %j is %j milliseconds', (text, ms) => {
  expect(readDuration(text)).toBe(ms)
})

test('a frame with three fields is no proxy request, and any other is read without a fault', () => {
  expect(readProxyCommand(['id', 'proxy', 'txn'])).toBeUndefined()
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 4, maxLength: 40 }), (fields) => {
      expect(readProxyCommand(fields)?.transactionId).toBe(fields[2])
    }),
  )
})

test.each([
  [[404, 603, 401], 603],
  [[404, 486, 407], 407],
  [[500, 404], 404],
  [[503, 500], 500],
  [[302, 486], 302],
  [[486, 480], 486],
])('of %j the one passed on is %j', (statuses, best) => {
  expect(bestResponse(statuses.map((status) => response(status)))?.status).toBe(best)
})

test('of whatever refusals, a 6xx is passed on where there is one', () => {
  const status = fc.integer({ min: 300, max: 699 })
  fc.assert(
    fc.property(fc.array(status, { minLength: 1 }), (statuses) => {
      const best = bestResponse(statuses.map((one) => response(one)))?.status ?? 0
      expect(statuses).toContain(best)
      expect(best >= 600).toBe(statuses.some((one) => one >= 600))
    }),
  )
})

test('a challenge that is passed on has the challenges of all targets', () => {
  const challenge = (value: string) => [{ name: 'WWW-Authenticate', value }]
  const best = bestResponse([response(401, challenge('a')), response(401, challenge('b'))])
  expect(best?.headers.map(({ value }) => value)).toEqual(['a', 'b'])
})

test('challenges are forgotten after two seconds and never too many are kept', () => {
  const challenged = new Challenged()
  const asked = (nonce: string) =>
    response(407, [{ name: 'Proxy-Authenticate', value: `Digest nonce="${nonce}"` }])
  const request = (nonce: string): Request => ({
    kind: 'request',
    method: 'INVITE',
    uri: 'sip:a',
    headers: [{ name: 'Proxy-Authorization', value: `Digest nonce="${nonce}"` }],
    body,
  })
  for (let at = 0; at < 3_000; at++) challenged.remember(asked(`n${at}`), 'sip:b', 0)
  expect(challenged.sorted(['sip:a', 'sip:b'], request('n2999'), 2_000)).toEqual(['sip:b', 'sip:a'])
  expect(challenged.sorted(['sip:a', 'sip:b'], request('n0'), 2_000)).toEqual(['sip:a', 'sip:b'])
  expect(challenged.sorted(['sip:a', 'sip:b'], request('n2999'), 2_001)).toEqual(['sip:a', 'sip:b'])
})

test('as many dialogs as there is room for are followed, and the idle ones make room', () => {
  const dialogs = new ProxiedDialogs(2)
  const message = (callId: string) =>
    response(200, [
      { name: 'From', value: '<sip:a@b>;tag=1' },
      { name: 'To', value: '<sip:a@b>;tag=2' },
      { name: 'Call-ID', value: callId },
    ])
  dialogs.open(message('a'), 0)
  dialogs.open(message('b'), 0)
  expect(dialogs.open(message('c'), 1)).toBeUndefined()
  expect(dialogs.find(message('a'), 1)).toBeDefined()
  expect(dialogs.open(message('c'), proxiedIdleMs)).toBeDefined()
  expect(dialogs.find(message('b'), proxiedIdleMs)).toBeUndefined()
  expect(dialogs.size).toBe(2)
})
