import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDecision } from '../../../src/engine/dispatch/decision.ts'
import { compilePattern, subjectMax } from '../../../src/engine/dispatch/pattern.ts'
import { createTable } from '../../../src/engine/dispatch/table.ts'
import type { Request } from '../../../src/engine/message/message.ts'

test.each([
  [
    { action: 'reject', data: { status: 486, reason: 'Busy' } },
    { action: 'respond', status: 486, reason: 'Busy' },
  ],
  [
    { action: 'redirect', data: { contact: 'sip:a' } },
    { action: 'redirect', contacts: ['sip:a'] },
  ],
  [
    { action: 'route', data: { tag: 'blue' } },
    { action: 'tag', tag: 'blue' },
  ],
  [
    { action: 'route', data: { uri: 'app.example:9099;transport=tls' } },
    { action: 'connect', host: 'app.example', port: 9099, tls: true },
  ],
  [
    { action: 'route', data: { uri: '[::1]:9099' } },
    { action: 'connect', host: '::1', port: 9099, tls: false },
  ],
  [
    { action: 'proxy', data: { destination: ['sip:a', 'sip:b'], provisionalTimeout: '5s' } },
    {
      action: 'proxy',
      targets: ['sip:a', 'sip:b'],
      recordRoute: false,
      followRedirects: true,
      simultaneous: false,
      provisionalTimeoutMs: 5_000,
      finalTimeoutMs: undefined,
    },
  ],
])('%j is a decision', (answer, decision) => {
  expect(readDecision(answer)).toEqual(decision)
})

test.each([
  [null],
  ['reject'],
  [[]],
  [{}],
  [{ action: 'reject' }],
  [{ action: 'reject', data: { status: 200 } }],
  [{ action: 'reject', data: { status: '486' } }],
  [{ action: 'redirect', data: { contact: [] } }],
  [{ action: 'redirect', data: { contact: [7] } }],
  [{ action: 'proxy', data: {} }],
  [{ action: 'route', data: { uri: '127.0.0.1' } }],
  [{ action: 'route', data: { uri: '127.0.0.1:0' } }],
  [{ action: 'route', data: { uri: '127.0.0.1:70000' } }],
  [{ action: 'route', data: { uri: '127.0.0.1:9;transport=udp' } }],
  [{ action: 'route', data: { uri: 'user@host:9' } }],
  [{ action: 'route', data: { tag: 'a b' } }],
  [{ action: 'frobnicate', data: {} }],
])('%j is none', (answer) => {
  expect(readDecision(answer)).toBeUndefined()
})

test('whatever a handler answers, reading it does no harm', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (answer) => {
      const decision = readDecision(answer)
      if (decision?.action === 'respond') expect(decision.status).toBeGreaterThan(199)
    }),
  )
})

test.each([
  ['sip:\\+1\\d{10}@.*', 'sip:+12025550123@h;x=y', true],
  ['sip:\\+1\\d{10}@.*', 'sip:+1202555012@h', false],
  ['sip:[a-c]+@h', 'sip:abc@h', true],
  ['sip:bob@h', 'xsip:bob@h', false],
])('the pattern %s on %s: %j', (pattern, uri, fits) => {
  expect(compilePattern(pattern)?.(uri)).toBe(fits)
})

test.each([
  '(a+)+',
  'a|b',
  'a**',
  '[a',
  '\\1',
  '.*.*.*',
  'a{1000}',
  '(?=a)',
  '*a',
  'a'.repeat(300),
])('no pattern that could take its time: %s', (pattern) => {
  expect(compilePattern(pattern)).toBeUndefined()
})

test('the worst pattern on the worst subject is quick, and a longer subject matches nothing', () => {
  const fits = compilePattern('.*a.*b')
  const startMs = performance.now()
  for (let at = 0; at < 100; at++) expect(fits?.('a'.repeat(subjectMax))).toBe(false)
  expect((performance.now() - startMs) / 100).toBeLessThan(20)
  expect(compilePattern('.*')?.('a'.repeat(subjectMax + 1))).toBe(false)
})

test('the first row that fits decides; a row that says nothing is refused at the start', () => {
  const reject = (status: number) => ({ action: 'reject', data: { status } })
  const table = createTable([
    { methods: ['REGISTER'], decision: reject(403) },
    { prefix: 'sip:+1900', decision: reject(404) },
    { pattern: 'sip:\\+1.*', decision: reject(405) },
  ])
  const request = (method: string, uri: string): Request => ({
    kind: 'request',
    method,
    uri,
    headers: [],
    body: Buffer.alloc(0),
  })
  expect(table(request('REGISTER', 'sip:x'))).toMatchObject({ status: 403 })
  expect(table(request('INVITE', 'sip:+1900@h'))).toMatchObject({ status: 404 })
  expect(table(request('INVITE', 'sip:+1202@h'))).toMatchObject({ status: 405 })
  expect(table(request('INVITE', 'sip:+44@h'))).toBeUndefined()
  const scanner = { name: 'User-Agent', includes: 'friendly-scanner' }
  const guarded = createTable([{ header: scanner, decision: reject(603) }])
  const agent = [{ name: 'User-Agent', value: 'Friendly-Scanner 1' }]
  expect(guarded({ ...request('INVITE', 'sip:x'), headers: agent })).toMatchObject({ status: 603 })
  expect(guarded(request('INVITE', 'sip:x'))).toBeUndefined()
  expect(() => createTable([{ decision: {} }])).toThrow('request handler 1')
  expect(() => createTable([{ pattern: '(', decision: reject(404) }])).toThrow('simple')
})
