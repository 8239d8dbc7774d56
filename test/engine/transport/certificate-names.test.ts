import fc from 'fast-check'
import { expect, test } from 'vitest'
import { namesHost, sipDomainsOf } from '../../../src/engine/transport/certificate-names.ts'

test.each([
  ['DNS:a.example, DNS:B.example', ['a.example', 'b.example']],
  ['DNS:a.example, URI:sip:b.example', ['b.example']],
  ['URI:sips:b.example, URI:https://c.example, DNS:a.example', ['a.example']],
  ['URI:sip:user@b.example', []],
  ['DNS:*.example, email:x@a.example', []],
  ['DNS:"a.example, DNS:evil.example"', []],
  ['DNS:good.example, DNS:"evil.example\\u0000.good.example"', ['good.example']],
  ['', []],
])('the SIP domains of %s are %s', (text, domains) => {
  expect(sipDomainsOf(text)).toEqual(domains)
})

test.each([
  ['DNS:a.example', 'A.Example', true],
  ['DNS:a.example', 'b.a.example', false],
  ['DNS:*.example', 'a.example', false],
  ['IP Address:192.0.2.1', '192.0.2.1', true],
  ['IP Address:192.0.2.1', '192.0.2.10', false],
  ['DNS:192.0.2.1', '192.0.2.1', false],
  ['IP Address:2001:DB8:0:0:0:0:0:1', '[2001:db8::1]', true],
  ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::2', false],
  [undefined, 'a.example', false],
])('whether %s names %s: %s', (text, host, expected) => {
  expect(namesHost(text, host)).toBe(expected)
})

test('whatever a certificate says, its names are plain host names and few', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (values) => {
      const names = sipDomainsOf(values.map((value) => `DNS:${value}`).join(', '))
      for (const name of names) expect(name).toMatch(/^[a-z0-9.-]+$/)
      expect(names.length).toBeLessThanOrEqual(16)
    }),
  )
})
