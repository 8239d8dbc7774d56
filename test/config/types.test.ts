import fc from 'fast-check'
import { getCountries } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import { regions } from '../../src/config/regions.ts'
import { eachSetting } from '../../src/config/settings.ts'
import * as type from '../../src/config/types.ts'

test('the regions are those that have a numbering plan, and the world', () => {
  expect(regions).toEqual([...getCountries().sort(), '001'])
})

test('no two settings share a name in the environment', () => {
  const names = eachSetting().map(([, row]) => row.env)
  expect(new Set(names).size).toBe(names.length)
})

test('every default is itself a value that the setting accepts', () => {
  for (const [path, row] of eachSetting()) {
    expect(row.type.safeParse(row.default).success, path).toBe(true)
  }
})

test('a whole number means the same from the file and from the environment', () => {
  const bounded = type.whole(0, 1_000_000)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (value) => {
      expect(bounded.parse(value)).toBe(value)
      expect(bounded.parse(String(value))).toBe(value)
    }),
  )
})

test.each(['', '-1', '1.5', '1e3', '0x10', ' 1', '99999999999', 1.5, -1, null, true])(
  'what is not a whole number within bounds is refused: %j',
  (value) => {
    expect(type.whole(0, 1_000_000).safeParse(value).success).toBe(false)
  },
)

test.each(['192.0.2.0/24', '0.0.0.0/0', '::/0', '2001:db8::1/128'])('%s is a network', (value) => {
  expect(type.cidr.safeParse(value).success).toBe(true)
})

test.each([
  '192.0.2.0',
  '192.0.2.0/33',
  '2001:db8::/129',
  '192.0.2.0/',
  '/8',
  'a/8',
  '1.2.3.4/8/8',
])('%s is no network', (value) => {
  expect(type.cidr.safeParse(value).success).toBe(false)
})

test.each([
  'udp/1.2.3.4:65536',
  'sctp/1.2.3.4:5061',
  'udp/[1.2.3.4]:5060',
  'udp/::1:5060',
  'udp/[::1]',
  'udp/[::g]:5060',
  'toString/1.2.3.4:5060',
  'tls/1.2.3.4:5061;advertise=',
  'tls/1.2.3.4:5061;advertise=a b',
  'tls/1.2.3.4:5061;advertise=a;advertise=b',
  'tls/1.2.3.4:5061;host=a',
  'udp/1.2.3:5060',
  'udp/1.2.3.4',
  '1.2.3.4:5060',
])('%s is nowhere to listen', (value) => {
  expect(type.listenAddress.safeParse(value).success).toBe(false)
})

test.each([
  '+0123456789',
  '12125550100',
  '+1 212 555 0100',
  '+1212555010012345',
  '+1',
  '+１2125550100',
])('%s is not E.164', (value) => {
  expect(type.e164.safeParse(value).success).toBe(false)
})

test.each(['256.1.1.1', '1.2.3', 'a_b.example', '-a.example', 'a..b', `${'a'.repeat(64)}.example`])(
  '%s is no host',
  (value) => {
    expect(type.host.safeParse(value).success).toBe(false)
  },
)

test.each(['From', 'Supported', 'X', 'X-', 'X-API Key', 'X-Key:', 'X-Key\r\nVia'])(
  '%j cannot carry the key',
  (value) => {
    expect(type.keyHeader.safeParse(value).success).toBe(false)
  },
)

test.each([
  ['wss/[2001:DB8::1]:443', { protocol: 'wss', address: '2001:db8::1', port: 443 }],
  [
    'udp/0.0.0.0:5060;advertise=sip.example.com',
    { protocol: 'udp', address: '0.0.0.0', port: 5060, advertise: 'sip.example.com' },
  ],
])('%s is a place to listen', (value, expected) => {
  expect(type.listenAddress.parse(value)).toEqual(expected)
})

test.each([
  ['example.com', 'example.com'],
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
])('%s is a SIP host', (value, expected) => {
  expect(type.sipHost.parse(value)).toBe(expected)
})

test.each(['', '[example.com', '[]', '300.1.1.1', '::g', '::1%eth0', 'a b', 'a;b'])(
  '%j is no SIP host',
  (value) => {
    expect(type.sipHost.safeParse(value).success).toBe(false)
  },
)

test('a certificate for another name has both its files', () => {
  expect(type.namedCertificate.parse('a.example;certificate=/x/a b.pem;key=a.key')).toEqual({
    name: 'a.example',
    certificate: '/x/a b.pem',
    key: 'a.key',
  })
  for (const value of ['a.example', 'a.example;certificate=x', ';certificate=x;key=y', 'a;b']) {
    expect(type.namedCertificate.safeParse(value).success).toBe(false)
  }
})

test('an origin has a scheme of the web and no path', () => {
  expect(type.webOrigin.safeParse('https://Phone.example.com').success).toBe(true)
  expect(type.webOrigin.safeParse('http://localhost:8080').success).toBe(true)
  for (const value of ['phone.example.com', 'https://a.example/', 'file:///a', 'null', '*']) {
    expect(type.webOrigin.safeParse(value).success).toBe(false)
  }
})
