import { describe, expect, test } from 'vitest'
import { createAddressGuard } from '../../../src/identity/verification/special-addresses.ts'
import { shakenHeader, x5u } from './forge.ts'
import { Lab } from './lab.ts'

const guard = createAddressGuard()

describe('an address that certificates may be fetched from', () => {
  test.each([
    ...['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.1', '100.63.255.255'],
    ...['2606:4700::1111', '2a00:1450::1', '64:ff9b::808:808', '64:ff9b::8.8.8.8'],
  ])('%s is one', (address) => {
    expect(guard.isPublic(address)).toBe(true)
  })

  test.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.254'],
    ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1'],
    ...['192.168.1.1', '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.7', '224.0.0.1'],
    ...['239.255.255.255', '240.0.0.1', '255.255.255.255', '192.52.193.1', '192.175.48.1'],
    ...['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8'],
    ...['::ffff:0:127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a00:1'],
    ...['64:ff9b::', '64:ff9b:1::1', '100::1', '2001::1', '2001:2::1', '2001:10::1', '2001:20::1'],
    ...['2001:db8::1', '2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1', '3fff::1', '5f00::1'],
    ...['fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '4000::1'],
    ...['2606:4700::1111%eth0', '127.1', '0x7f.0.0.1', '2130706433', '0177.0.0.1', '1.1.1', ''],
    ...['localhost', ' 8.8.8.8', '8.8.8.8 ', '[2606:4700::1111]', '1.1.1.1/8'],
  ])('%s is none', (address) => {
    expect(guard.isPublic(address)).toBe(false)
  })
})

describe('a name', () => {
  const verifyAt = async (addresses: readonly string[]) => {
    const lab = await Lab.open()
    lab.addresses.set('cert.example.org', addresses)
    return { lab, found: await lab.verify(lab.identity()) }
  }

  test.each([
    ['the loopback', ['127.0.0.1']],
    ['a private address', ['10.0.0.5']],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['the loopback in IPv6', ['::1']],
    ['the loopback, mapped', ['::ffff:127.0.0.1']],
    ['a private address behind NAT64', ['64:ff9b::10.0.0.1']],
    ['a public and a private address', ['93.184.216.34', '192.168.0.1']],
    ['a public address before a unique local one', ['93.184.216.34', 'fd00::1']],
    ['many public addresses and a private one', [...Array(20).fill('93.184.216.34'), '10.0.0.1']],
    ['what is no address', ['localhost']],
  ])('of %s is connected to nowhere', async (_name, addresses) => {
    const { lab, found } = await verifyAt(addresses)
    expect(found.failure).toMatchObject({ status: 436, fault: 'address_forbidden' })
    expect(lab.connections).toEqual([])
  })

  test('is resolved once: what it means later leads nowhere', async () => {
    const lab = await Lab.open()
    const answers = [['93.184.216.34'], ['127.0.0.1']]
    lab.addresses.get = () => answers.shift()
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
    expect(lab.lookups).toEqual(['cert.example.org'])
    expect(lab.connections).toEqual([
      { address: '93.184.216.34', port: 443, host: 'cert.example.org' },
    ])
  })

  test('is reached by its next address where one does not answer', async () => {
    const lab = await Lab.open()
    lab.addresses.set('cert.example.org', ['1.1.1.1', '2606:4700::1111', '9.9.9.9', '8.8.8.8'])
    lab.pages.set(x5u, () => '')
    const found = await lab.verify(lab.identity())
    expect(found.failure?.fault).toBe('fetch_failed')
    const tried = lab.connections.map(({ address }) => address)
    expect(tried).toEqual(['1.1.1.1', '2606:4700::1111', '9.9.9.9'])
  })

  test('that the operator allows is fetched where the operator says, unresolved', async () => {
    const lab = await Lab.open()
    const url = 'https://lab.test:9443/shaken.pem'
    lab.serve(lab.leaf, url)
    const found = await lab.verify(lab.identity({ header: shakenHeader(url) }))
    expect(found.verstat).toBe('TN-Validation-Passed')
    expect(lab.lookups).toEqual([])
    expect(lab.connections).toEqual([{ address: '127.0.0.1', port: 9443, host: 'lab.test' }])
  })
})
