import { KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { encodeTnAuthList, type TnEntry, tnAuthListId } from '../../../src/identity/tn-auth-list.ts'
import { x509 } from '../../../src/identity/x509.ts'

const hourMs = 3_600_000

/** A key pair and a certificate over it, whoever issued it. */
export interface Holder {
  readonly pem: string
  readonly certificate: x509.X509Certificate
  readonly privateKey: KeyObject
  readonly keys: CryptoKeyPair
}

type CryptoKeyPair = Awaited<ReturnType<typeof freshKeys>>

/** What a certificate is to say; what is left out is as SHAKEN wants it. */
export interface Order {
  readonly subject?: string
  /** Self-signed without one. */
  readonly issuer?: Holder
  readonly ca?: boolean
  readonly pathLength?: number
  readonly entries?: readonly TnEntry[] | undefined
  readonly usage?: x509.KeyUsageFlags | undefined
  readonly purposes?: readonly string[]
  readonly policies?: readonly string[]
  readonly more?: readonly x509.Extension[]
  readonly nowMs: number
  readonly fromMs?: number
  readonly untilMs?: number
  readonly key?: 'P-256' | 'P-384' | 'RSA'
  readonly hash?: 'SHA-256' | 'SHA-384'
  readonly keys?: CryptoKeyPair
}

export const shakenPolicy = '2.16.840.1.114569.1.1.3'

const algorithms = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const

async function freshKeys(kind: keyof typeof algorithms) {
  const made = await webcrypto.subtle.generateKey(algorithms[kind], true, ['sign', 'verify'])
  return made as { privateKey: webcrypto.CryptoKey; publicKey: webcrypto.CryptoKey }
}

/** Issues a certificate: an authority where `ca` is true, else one that may sign for callers. */
export async function issue(order: Order): Promise<Holder> {
  const { issuer, ca = false, key = 'P-256', nowMs } = order
  const keys = order.keys ?? (await freshKeys(key))
  const signer = issuer?.keys ?? keys
  const subject =
    order.subject ?? (ca ? 'O=Test STI-CA,CN=SHAKEN Root' : 'O=Carrier,CN=SHAKEN 709J')
  const signing = signer.privateKey.algorithm.name === 'ECDSA' ? 'ECDSA' : 'RSASSA-PKCS1-v1_5'
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject,
    issuer: issuer?.certificate.subjectName ?? subject,
    notBefore: new Date(order.fromMs ?? nowMs - hourMs),
    notAfter: new Date(order.untilMs ?? nowMs + 24 * 30 * hourMs),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: { name: signing, hash: order.hash ?? 'SHA-256' },
    extensions: extensionsOf(order, ca),
  })
  const privateKey = KeyObject.from(keys.privateKey)
  return { pem: certificate.toString('pem'), certificate, privateKey, keys }
}

function extensionsOf(order: Order, ca: boolean): x509.Extension[] {
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags
  const usage = 'usage' in order ? order.usage : ca ? keyCertSign | cRLSign : digitalSignature
  const entries = 'entries' in order ? order.entries : ca ? undefined : [{ spc: '709J' }]
  const policies = order.policies ?? (ca ? [] : [shakenPolicy])
  return [
    new x509.BasicConstraintsExtension(ca, order.pathLength, true),
    ...(usage === undefined ? [] : [new x509.KeyUsagesExtension(usage, true)]),
    ...(policies.length === 0 ? [] : [new x509.CertificatePolicyExtension([...policies])]),
    ...(order.purposes ? [new x509.ExtendedKeyUsageExtension([...order.purposes])] : []),
    ...(entries ? [new x509.Extension(tnAuthListId, false, encodeTnAuthList(entries))] : []),
    ...(order.more ?? []),
  ]
}

/** A revocation list. */
export async function revocationList(
  issuer: Holder,
  {
    revoked,
    nowMs,
    untilMs = nowMs + hourMs,
    more = [],
  }: {
    readonly revoked: readonly { readonly holder: Holder; readonly extensions?: x509.Extension[] }[]
    readonly nowMs: number
    readonly untilMs?: number
    readonly more?: readonly x509.Extension[]
  },
): Promise<Buffer> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subjectName,
    thisUpdate: new Date(nowMs - hourMs),
    nextUpdate: new Date(untilMs),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    signingKey: issuer.keys.privateKey,
    entries: revoked.map(({ holder, extensions = [] }) => ({
      serialNumber: holder.certificate.serialNumber,
      revocationDate: new Date(nowMs - hourMs),
      extensions,
    })),
    extensions: [...more],
  })
  return Buffer.from(crl.toString('pem'))
}
