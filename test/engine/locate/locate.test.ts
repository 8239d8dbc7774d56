import { describe, expect, test } from 'vitest'
import { type Located, locate } from '../../../src/engine/locate/locate.ts'
import { createResolver, placesMax, resolveMs } from '../../../src/engine/locate/resolve.ts'
import { Unreachable } from '../../../src/engine/locate/unreachable.ts'
import type { Listener, Transport } from '../../../src/engine/transport/types.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { naptr, scriptedLookup, srv, type Zone } from './scripted-lookup.ts'

const udp: Listener = { protocol: 'udp', address: '192.0.2.1', port: 5060, host: '192.0.2.1' }
const tcp: Listener = { ...udp, protocol: 'tcp' }
const udp6: Listener = { ...udp, address: '2001:db8::1', host: '[2001:db8::1]' }

function openWays(zone: Zone, listeners: readonly Listener[] = [udp, tcp]) {
  const clock = new FakeClock()
  const { lookup, asked } = scriptedLookup(zone)
  const isSame = (one: Listener, address: string) =>
    one.address.includes(':') === address.includes(':')
  const transport: Transport = {
    listeners,
    send: () => undefined,
    listenerFor: ({ protocol, address }) =>
      listeners.find((one) => one.protocol === protocol && isSame(one, address)),
    isConnected: () => true,
    close: async () => undefined,
  }
  const unreachable = new Unreachable(clock)
  const faults: unknown[] = []
  const report = (cause: unknown) => faults.push(cause)
  const resolver = createResolver({ clock, random: countedRandom(), lookup })
  const ways = { transport, resolver, unreachable, report }
  const find = (uri: string) => new Promise<Located>((resolve) => locate(ways, uri, resolve))
  return { clock, asked, ways, unreachable, find }
}

function textOf(found: Located): string {
  if ('failure' in found) return found.failure
  return [found, ...found.others]
    .map(({ to }) => `${to.protocol} ${to.address} ${to.port}`)
    .join(', ')
}

const a = { 'example.com': ['198.51.100.1'], 'one.example.com': ['198.51.100.11'] }
const both = {
  'example.com': [
    naptr(20, 'SIP+D2U', '_sip._udp.example.com'),
    naptr(10, 'SIP+D2T', '_sip._tcp.example.com'),
    naptr(5, 'SIPS+D2T', '_sips._tcp.example.com'),
  ],
}
const srvBoth = {
  '_sip._udp.example.com': [srv('one.example.com', 5070)],
  '_sip._tcp.example.com': [srv('one.example.com', 5071)],
}

describe('what the URI says decides before the DNS is asked (RFC 3263 4.1, 4.2)', () => {
  test.each([
    ['sip:198.51.100.9', 'udp 198.51.100.9 5060', []],
    ['sip:198.51.100.9:5090', 'udp 198.51.100.9 5090', []],
    ['sip:198.51.100.9;transport=tcp', 'tcp 198.51.100.9 5060', []],
    ['sip:example.com;maddr=198.51.100.9', 'udp 198.51.100.9 5060', []],
    ['sip:example.com:5080', 'udp 198.51.100.1 5080', ['A example.com']],
    ['sip:example.com:5080;transport=TCP', 'tcp 198.51.100.1 5080', ['A example.com']],
    [
      'sip:example.com;transport=tcp',
      'tcp 198.51.100.11 5071',
      ['SRV _sip._tcp.example.com', 'A one.example.com'],
    ],
    ['sip:198.51.100.9;transport=ws', 'no transport', []],
    ['sips:example.com', 'no scheme', []],
    ['sip:[2001:db8::9]', 'no address', []],
    ['sip:[bad::1::2]', 'no address', []],
    ['sip:alice@df7jal23ls0d.invalid;transport=tcp', 'no address', []],
    ['sip:192.0.2.1', 'myself', []],
    ['mailto:somebody', 'no uri', []],
  ])('%s leads to %s', async (uri, expected, questions) => {
    const { find, asked } = openWays({ a, naptr: both, srv: srvBoth })
    expect(textOf(await find(uri))).toBe(expected)
    expect(asked).toEqual(questions)
  })
})

test('NAPTR records decide the transport, those that we do not speak are passed over', async () => {
  const { find, asked } = openWays({ a, naptr: both, srv: srvBoth })
  expect(textOf(await find('sip:bob@example.com'))).toBe('tcp 198.51.100.11 5071')
  expect(asked).toEqual(['NAPTR example.com', 'SRV _sip._tcp.example.com', 'A one.example.com'])
})

test('a NAPTR record that leads to no server gives way to the next', async () => {
  const { '_sip._udp.example.com': left } = srvBoth
  const { find } = openWays({ a, naptr: both, srv: { '_sip._udp.example.com': left } })
  expect(textOf(await find('sip:example.com'))).toBe('udp 198.51.100.11 5070')
})

test('without NAPTR the SRV records tell the transport, UDP before TCP', async () => {
  const { find } = openWays({ a, srv: srvBoth })
  expect(textOf(await find('sip:example.com'))).toBe('udp 198.51.100.11 5070')
  const { '_sip._tcp.example.com': left } = srvBoth
  const other = openWays({ a, srv: { '_sip._tcp.example.com': left } })
  expect(textOf(await other.find('sip:example.com'))).toBe('tcp 198.51.100.11 5071')
})

test('without NAPTR and SRV it is UDP at the default port', async () => {
  const { find } = openWays({ a })
  expect(textOf(await find('sip:example.com'))).toBe('udp 198.51.100.1 5060')
})

test('questions about NAPTR and SRV that nobody answers do not keep the address from being used', async () => {
  const unknown = { 'example.com': undefined }
  const services = { '_sip._udp.example.com': undefined, '_sip._tcp.example.com': undefined }
  const { find } = openWays({ a, naptr: unknown, srv: services })
  expect(textOf(await find('sip:example.com'))).toBe('udp 198.51.100.1 5060')
})

test('all servers by priority and all their addresses are tried in turn, at most eight', async () => {
  const records = [srv('two.example.com', 5072, 20), srv('one.example.com', 5071, 10)]
  const many = Array.from({ length: 20 }, (_, nth) => `198.51.100.${nth + 100}`)
  const { find } = openWays({
    a: { 'one.example.com': ['198.51.100.1', '198.51.100.2'], 'two.example.com': many },
    srv: { '_sip._udp.example.com': records },
  })
  const found = textOf(await find('sip:example.com')).split(', ')
  expect(found.slice(0, 3)).toEqual([
    'udp 198.51.100.1 5071',
    'udp 198.51.100.2 5071',
    'udp 198.51.100.100 5072',
  ])
  expect(found).toHaveLength(placesMax)
})

test('a server of "." is decidedly no server (RFC 2782)', async () => {
  const { find } = openWays({ a, srv: { '_sip._udp.example.com': [srv('.', 5060)] } })
  expect(textOf(await find('sip:example.com'))).toBe('no address')
})

test('addresses are asked of the families that listeners have, in the order of the listeners', async () => {
  const zone = { a, aaaa: { 'example.com': ['2001:db8::9'] } }
  const dual = openWays(zone, [udp6, udp])
  expect(textOf(await dual.find('sip:example.com:5060'))).toBe(
    'udp 2001:db8::9 5060, udp 198.51.100.1 5060',
  )
  const four = openWays(zone, [udp])
  await four.find('sip:example.com:5060')
  expect(four.asked).toEqual(['A example.com'])
  const six = openWays(zone, [udp6])
  expect(textOf(await six.find('sip:[2001:db8::9]'))).toBe('udp 2001:db8::9 5060')
})

test('a place that failed of late is tried last, until it is forgotten', async () => {
  const { find, unreachable, clock } = openWays({
    a: { 'example.com': ['198.51.100.1', '198.51.100.2'] },
  })
  unreachable.mark({ protocol: 'udp', address: '198.51.100.1', port: 5060 }, 30_000)
  expect(textOf(await find('sip:example.com:5060'))).toBe(
    'udp 198.51.100.2 5060, udp 198.51.100.1 5060',
  )
  clock.advance(30_000)
  expect(textOf(await find('sip:example.com:5060'))).toMatch(/^udp 198.51.100.1 /)
})

test('a DNS that never answers is waited for only so long', async () => {
  const { ways, clock } = openWays({})
  const silent = {
    addresses: () => undefined,
    services: () => undefined,
    pointers: () => undefined,
  }
  const resolver = createResolver({ clock, random: countedRandom(), lookup: silent })
  const told: Located[] = []
  locate({ ...ways, resolver }, 'sip:example.com', (found) => told.push(found))
  await clock.advanceAsync(resolveMs - 1)
  expect(told).toEqual([])
  await clock.advanceAsync(1)
  expect(told).toEqual([{ failure: 'no address' }])
})
