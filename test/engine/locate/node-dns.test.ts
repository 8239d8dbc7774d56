import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemLookup } from '../../../src/engine/locate/lookup.ts'
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
  return { dns, lookup: systemLookup({ servers: [dns.address], hostsPath: '/dev/null' }) }
}

async function openHosts(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-hosts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'hosts')
  await writeFile(path, text)
  return path
}

function ask<R>(run: (done: (answer: R) => void) => void): Promise<R> {
  return new Promise((resolve) => run(resolve))
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

const hosts = `# names that need no server
198.51.100.9\tBob.example bob # his phone
2001:db8::9 bob.example
no-address carol.example
`

test('a name of the hosts file is found by it alone, whether or not the DNS can be reached', async () => {
  const hostsPath = await openHosts(hosts)
  const lookup = systemLookup({ servers: ['127.0.0.1:9'], tryMs: 50, hostsPath })
  const addresses = (name: string, family: 4 | 6) =>
    ask<{ records: readonly string[] } | undefined>((done) => lookup.addresses(name, family, done))
  expect((await addresses('bob.example', 4))?.records).toEqual(['198.51.100.9'])
  expect((await addresses('BOB.example.', 6))?.records).toEqual(['2001:db8::9'])
  expect((await addresses('bob', 6))?.records).toEqual([])
  expect(await addresses('carol.example', 4)).toBeUndefined()
  const resolver = createResolver({ clock: new FakeClock(), random: countedRandom(), lookup })
  const uri = parseSipUri('sip:bob.example')
  const services = uri ? servicesFor(uri, () => true) : []
  const families = () => [4] as const
  const wanted = { host: 'bob.example', port: undefined, services, isPinned: false, families }
  expect(await resolver.places(wanted)).toMatchObject([{ address: '198.51.100.9', port: 5060 }])
})

test('a hosts file that changes, or goes, is followed', async () => {
  const hostsPath = await openHosts(hosts)
  const lookup = systemLookup({ servers: ['127.0.0.1:9'], tryMs: 50, hostsPath })
  const bob = () =>
    ask<{ records: readonly string[] } | undefined>((done) => lookup.addresses('bob', 4, done))
  expect((await bob())?.records).toEqual(['198.51.100.9'])
  await writeFile(hostsPath, '198.51.100.10 bob alice\n')
  expect((await bob())?.records).toEqual(['198.51.100.10'])
  await rm(hostsPath)
  expect(await bob()).toBeUndefined()
})
