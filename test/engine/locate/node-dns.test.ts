import { expect, onTestFinished, test } from 'vitest'
import { type Asked, systemLookup } from '../../../src/engine/locate/lookup.ts'
import { createResolver } from '../../../src/engine/locate/resolve.ts'
import { servicesFor } from '../../../src/engine/locate/services.ts'
import { parseSipUri } from '../../../src/engine/message/uri.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { naptrData, openTinyDns, srvData } from './tiny-dns.ts'

const records = {
  'NAPTR example.com': [
    naptrData(10, 'SIP+D2T', '_sip._tcp.example.com'),
    naptrData(20, 'SIP+D2U', '_sip._udp.example.com'),
  ],
  'SRV _sip._tcp.example.com': [
    srvData('two.example.com', 5072, 20),
    srvData('one.example.com', 5071, 10),
  ],
  'A one.example.com': [Buffer.from([198, 51, 100, 1]), Buffer.from([198, 51, 100, 2])],
  'A two.example.com': [Buffer.from([198, 51, 100, 3])],
  'AAAA two.example.com': [Buffer.from('20010db8000000000000000000000009', 'hex')],
}

async function openLookup() {
  const dns = await openTinyDns(records, 30)
  onTestFinished(() => void dns.close())
  return { dns, lookup: systemLookup({ servers: [dns.address] }) }
}

test('a host is found by NAPTR, SRV and A records through Node, and remembered', async () => {
  const { dns, lookup } = await openLookup()
  const resolver = createResolver({ clock: new FakeClock(), random: countedRandom(), lookup })
  const uri = parseSipUri('sip:bob@example.com')
  const services = uri ? servicesFor(uri, () => true) : []
  const families = () => [4, 6] as const
  const wanted = { host: 'example.com', port: undefined, services, isPinned: false, families }
  const find = async () =>
    (await resolver.places(wanted)).map(
      ({ service, address, port }) => `${service.protocol} ${address} ${port}`,
    )
  const places = [
    'tcp 198.51.100.1 5071',
    'tcp 198.51.100.2 5071',
    'tcp 198.51.100.3 5072',
    'tcp 2001:db8::9 5072',
  ]
  // The order of the addresses of one name is the DNS client's.
  expect((await find()).toSorted()).toEqual(places)
  const questions = dns.asked.length
  await find()
  expect(dns.asked).toHaveLength(questions)
})

test('addresses come with their TTL, and a name that is not there has none', async () => {
  const { lookup } = await openLookup()
  const ask = (run: (done: Asked<string>) => void) => new Promise((resolve) => run(resolve))
  expect(await ask((done) => lookup.addresses('two.example.com', 4, done))).toEqual({
    records: ['198.51.100.3'],
    ttlMs: 30_000,
  })
  expect(await ask((done) => lookup.addresses('two.example.com', 6, done))).toEqual({
    records: ['2001:db8::9'],
    ttlMs: 30_000,
  })
  const missing = new Promise((resolve) => lookup.services('_sip._udp.example.com', resolve))
  expect(await missing).toEqual({ records: [] })
})

test('a server that does not answer is no answer, not an empty one', async () => {
  const lookup = systemLookup({ servers: ['127.0.0.1:9'], tryMs: 50 })
  const answer = await new Promise((resolve) => lookup.pointers('example.com', resolve))
  expect(answer).toBeUndefined()
})
