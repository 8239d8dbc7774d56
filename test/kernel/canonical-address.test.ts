import { expect, test } from 'vitest'
import { canonicalAddress } from '../../src/kernel/canonical-address.ts'

test.each([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::0001%eth0', 'fe80::1'],
  ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['Example.COM', 'Example.COM'],
  ['2001:db8::1::', '2001:db8::1::'],
])('%s is written %s', (text, written) => {
  expect(canonicalAddress(text)).toBe(written)
})
