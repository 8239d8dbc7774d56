import { describe, expect, test } from 'vitest'
import type { PassportFault } from '../../../src/domain/passport-faults.ts'
import { readCertificates, readChain } from '../../../src/identity/verification/pem-chain.ts'
import { x509 } from '../../../src/identity/x509.ts'
import { x5u } from './forge.ts'
import { Lab, page } from './lab.ts'
import { type Holder, issue, type Order } from './pki.ts'

const dayMs = 86_400_000
const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags

/** A caller whose certificate is this, its issuers behind it as the test says. */
interface Case {
  readonly name: string
  readonly fault: PassportFault | undefined
  /** What the usual leaf below the root is changed by. */
  readonly leaf?: (nowMs: number) => Partial<Order>
  /** Issuers between root and leaf, the one below the root first. */
  readonly between?: (nowMs: number) => readonly Partial<Order>[]
  /** What the server gives, from leaf, issuers and root. */
  readonly served?: (chain: readonly Holder[], root: Holder) => readonly Holder[]
}

const intermediate = { ca: true, subject: 'O=Test STI-CA,CN=SHAKEN Issuing CA' }
/** RFC 5280 4.2.1.10: within the domain `x` alone. */
const nameConstraints = new x509.Extension(
  '2.5.29.30',
  true,
  Uint8Array.of(0x30, 7, 0xa0, 5, 0x30, 3, 0x82, 1, 0x78),
)
const critical = (type: string) => new x509.Extension(type, true, Uint8Array.of(5, 0))

const cases: readonly Case[] = [
  { name: 'right below the root', fault: undefined },
  { name: 'below an issuing CA', fault: undefined, between: () => [intermediate] },
  { name: 'with its root behind it', fault: undefined, served: (chain, root) => [...chain, root] },
  {
    name: 'that lists the number',
    fault: undefined,
    leaf: () => ({ entries: [{ one: '12155550121' }] }),
  },
  {
    name: 'that lists a range with the number',
    fault: undefined,
    leaf: () => ({ entries: [{ start: '12155550100', count: 100 }] }),
  },
  {
    name: 'that lists another number',
    fault: 'tn_not_covered',
    leaf: () => ({ entries: [{ one: '12155550122' }] }),
  },
  {
    name: 'whose range ends before the number',
    fault: 'tn_not_covered',
    leaf: () => ({ entries: [{ start: '12155550100', count: 21 }] }),
  },
  {
    name: 'whose range is of shorter numbers',
    fault: 'tn_not_covered',
    leaf: () => ({ entries: [{ start: '2155550100', count: 100 }] }),
  },
  {
    name: 'whose issuer may speak for other numbers alone',
    fault: 'tn_not_covered',
    between: () => [{ ...intermediate, entries: [{ start: '13125550100', count: 100 }] }],
  },
  {
    name: 'whose issuer may speak for its numbers',
    fault: undefined,
    between: () => [{ ...intermediate, entries: [{ start: '12155550100', count: 100 }] }],
  },
  {
    name: 'without a TNAuthList',
    fault: 'certificate_unfit',
    leaf: () => ({ entries: undefined }),
  },
  {
    name: 'whose TNAuthList is none',
    fault: 'certificate_unfit',
    leaf: () => ({
      entries: undefined,
      more: [new x509.Extension('1.3.6.1.5.5.7.1.26', false, Uint8Array.of(0x30, 0))],
    }),
  },
  {
    name: 'that has expired',
    fault: 'certificate_expired',
    leaf: (now) => ({ untilMs: now - 1000 }),
  },
  {
    name: 'that is not valid yet',
    fault: 'certificate_expired',
    leaf: (now) => ({ fromMs: now + dayMs }),
  },
  {
    name: 'whose issuer has expired',
    fault: 'certificate_expired',
    between: (now) => [{ ...intermediate, untilMs: now - 1000 }],
  },
  {
    name: 'that is a CA',
    fault: 'certificate_unfit',
    leaf: () => ({
      ca: true,
      usage: digitalSignature | keyCertSign,
      entries: [{ spc: '709J' }],
      policies: ['2.16.840.1.114569.1.1.3'],
    }),
  },
  {
    name: 'that may sign certificates alone',
    fault: 'certificate_unfit',
    leaf: () => ({ usage: keyCertSign }),
  },
  {
    name: 'that says nothing of its usage',
    fault: 'certificate_unfit',
    leaf: () => ({ usage: undefined }),
  },
  {
    name: 'for web servers',
    fault: 'certificate_unfit',
    leaf: () => ({ purposes: ['1.3.6.1.5.5.7.3.1'] }),
  },
  { name: 'for any purpose', fault: undefined, leaf: () => ({ purposes: ['2.5.29.37.0'] }) },
  { name: 'under no policy', fault: 'certificate_unfit', leaf: () => ({ policies: [] }) },
  {
    name: 'under a policy of the past',
    fault: 'certificate_unfit',
    leaf: () => ({ policies: ['2.16.840.1.114569.1.1.1'] }),
  },
  {
    name: 'whose issuer has another policy',
    fault: 'certificate_unfit',
    between: () => [{ ...intermediate, policies: ['1.2.3.4'] }],
  },
  {
    name: 'with an unknown critical extension',
    fault: 'certificate_unfit',
    leaf: () => ({ more: [critical('1.2.3.4.5')] }),
  },
  {
    name: 'bound by name constraints',
    fault: 'certificate_unfit',
    between: () => [{ ...intermediate, more: [nameConstraints] }],
  },
  {
    name: 'with an extension twice',
    fault: 'certificate_unfit',
    leaf: () => ({ more: [new x509.KeyUsagesExtension(digitalSignature, true)] }),
  },
  { name: 'of P-384', fault: 'certificate_unfit', leaf: () => ({ key: 'P-384' }) },
  { name: 'of RSA', fault: 'certificate_unfit', leaf: () => ({ key: 'RSA' }) },
  { name: 'signed over SHA-384', fault: 'certificate_unfit', leaf: () => ({ hash: 'SHA-384' }) },
  {
    name: 'whose issuer has an RSA key',
    fault: 'certificate_unfit',
    between: () => [{ ...intermediate, key: 'RSA' }],
  },
  {
    name: 'whose issuer is no CA',
    fault: 'certificate_untrusted',
    between: () => [{ ...intermediate, ca: false }],
  },
  {
    name: 'whose issuer may not sign certificates',
    fault: 'certificate_untrusted',
    between: () => [{ ...intermediate, usage: cRLSign }],
  },
  {
    name: 'below more issuers than the CA allows',
    fault: 'certificate_unfit',
    between: () => [
      { ...intermediate, pathLength: 0 },
      { ...intermediate, subject: 'O=Sub,CN=Sub' },
    ],
  },
  {
    name: 'below as many issuers as the CA allows',
    fault: undefined,
    between: () => [
      { ...intermediate, pathLength: 1 },
      { ...intermediate, subject: 'O=Sub,CN=Sub' },
    ],
  },
  {
    name: 'without its issuer',
    fault: 'certificate_untrusted',
    between: () => [intermediate],
    served: ([leaf]) => (leaf ? [leaf] : []),
  },
  {
    name: 'behind its issuer',
    fault: 'certificate_unfit',
    between: () => [intermediate],
    served: (chain) => chain.toReversed(),
  },
  {
    name: 'below six others',
    fault: 'certificate_malformed',
    between: () =>
      Array.from({ length: 5 }, (_, at) => ({ ...intermediate, subject: `CN=Sub ${at}` })),
  },
]

async function chainOf({ leaf, between }: Case, lab: Lab): Promise<readonly Holder[]> {
  const nowMs = lab.clock.now()
  let issuer = lab.root
  const chain: Holder[] = []
  for (const order of [...(between?.(nowMs) ?? []), leaf?.(nowMs) ?? {}]) {
    issuer = await issue({ issuer, nowMs, ...order })
    chain.unshift(issuer)
  }
  return chain
}

describe('a certificate', () => {
  test.each(cases)('$name', async (row) => {
    const lab = await Lab.open()
    const chain = await chainOf(row, lab)
    lab.serve(row.served?.(chain, lab.root) ?? chain)
    const key = chain[0]?.privateKey ?? lab.leaf.privateKey
    const isEcdsa = key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    const found = await lab.verify(lab.identity(isEcdsa ? { key } : {}))
    expect(found.failure?.fault).toBe(row.fault)
    expect(found.verstat).toBe(row.fault ? 'TN-Validation-Failed' : 'TN-Validation-Passed')
  })

  test('that signed itself is believed by nobody, nor is a root that signs for callers', async () => {
    const lab = await Lab.open()
    const own = await issue({ nowMs: lab.clock.now() })
    lab.serve(own)
    const found = await lab.verify(lab.identity({ key: own.privateKey }))
    expect(found.failure?.fault).toBe('certificate_untrusted')
    const url = 'https://cert.example.org/root.pem'
    lab.serve(lab.root, url)
    const header = { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u: url }
    const byRoot = await lab.verify(lab.identity({ header, key: lab.root.privateKey }))
    expect(byRoot.failure?.fault).toBe('certificate_unfit')
  })

  test('of a CA with the name of the root but another key is believed by nobody', async () => {
    const lab = await Lab.open()
    const nowMs = lab.clock.now()
    const false_ = await issue({ ca: true, nowMs })
    const leaf = await issue({ issuer: false_, nowMs })
    lab.serve([leaf, false_])
    const found = await lab.verify(lab.identity({ key: leaf.privateKey }))
    expect(found.failure?.fault).toBe('certificate_untrusted')
  })

  test('that expires while it is kept is not believed any longer', async () => {
    const lab = await Lab.open()
    const leaf = await issue({
      issuer: lab.root,
      nowMs: lab.clock.now(),
      untilMs: lab.clock.now() + 10_000,
    })
    lab.serve(leaf)
    expect((await lab.verify(lab.identity({ key: leaf.privateKey }))).failure).toBeUndefined()
    lab.clock.advance(11_000)
    const found = await lab.verify(lab.identity({ key: leaf.privateKey }))
    expect(found.failure?.fault).toBe('certificate_expired')
  })
})

describe('what a server gives in place of a certificate', () => {
  const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`

  test.each([
    ['nothing', () => ''],
    ['text', () => 'hello'],
    ['an empty block', () => pem('')],
    ['a block that is no DER', () => pem('AAAA')],
    [
      'half a certificate',
      (leaf: Holder) =>
        pem(Buffer.from(leaf.certificate.rawData).subarray(0, 200).toString('base64')),
    ],
    [
      'a certificate with bytes behind it',
      (leaf: Holder) =>
        pem(
          Buffer.concat([Buffer.from(leaf.certificate.rawData), Buffer.alloc(4)]).toString(
            'base64',
          ),
        ),
    ],
    ['a certificate and a broken one', (leaf: Holder) => `${leaf.pem}\n${pem('AAAA')}`],
    ['a key', () => '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    [
      '60 KiB of zeros in DER',
      () => Buffer.concat([Buffer.from([0x30, 0x82, 0xea, 0x5c]), Buffer.alloc(59_996)]),
    ],
    ['nothing but open sequences', () => Buffer.alloc(60_000, Buffer.from([0x30, 0x80]))],
    [
      'a certificate whose bits are turned',
      (leaf: Holder) => Buffer.from(leaf.certificate.rawData).fill(0xff, 100, 110),
    ],
  ])('%s is malformed, and nothing breaks', async (_name, body) => {
    const lab = await Lab.open()
    lab.pages.set(x5u, page(body(lab.leaf)))
    expect((await lab.verify(lab.identity())).failure?.fault).toBe('certificate_malformed')
  })

  test('a certificate in DER is as good as one in PEM', async () => {
    const lab = await Lab.open()
    lab.pages.set(x5u, page(Buffer.from(lab.leaf.certificate.rawData)))
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
  })
})

test('a chain is read whole or not at all, up to five certificates', async () => {
  const { pem } = await issue({ ca: true, nowMs: Date.UTC(2026, 0, 5) })
  const read = (text: string) => readChain(Buffer.from(text))?.length
  expect([1, 5, 6].map((count) => read(`${pem}\n`.repeat(count)))).toEqual([1, 5, undefined])
  const broken = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'
  expect(read(`${pem}\n${broken}`)).toBeUndefined()
  expect(readCertificates(`${pem}\n`.repeat(6))).toHaveLength(6)
  expect(readCertificates(`${pem}\n${broken}`)).toBeUndefined()
})
