import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Random } from '../kernel/random.ts'
import { issueAuthority, issueShaken } from './issue-certificate.ts'
import { decodeTnAuthList, tnAuthListId } from './tn-auth-list.ts'
import { x509 } from './x509.ts'

const dayMs = 24 * 3_600_000

/** A certificate with less time than this left is made anew at the start. */
const renewBeforeEndMs = 30 * dayMs
const validMs = 365 * dayMs
const organization = 'Tollgate demo'

/** One file, so that key and certificate can never be of two different issues. */
const fileName = 'identity.pem'

const block = (type: string) =>
  new RegExp(`-----BEGIN ${type}-----[^-]+-----END ${type}-----\\n?`, 'g')

/** What a signer and the people who verify it need. */
export interface Certificate {
  readonly privateKey: KeyObject
  /** The certificate of the key, then that of its CA: RFC 8555 9.1. */
  readonly chainPem: string
  readonly notAfterMs: number
}

export interface CertificateOptions {
  /** Made when missing. */
  readonly dir: string
  /** Service Provider Code that the certificate speaks for. */
  readonly spc: string
  readonly clock: Clock
  readonly random: Random
}

/**
 * The signing key and its certificate: those kept in `dir`, or new ones where there are none, where
 * they end within 30 days, or where they speak for another code. Throws `certificate_invalid`
 * when the kept file is damaged, rather than replace a key that someone may still need, and when
 * `dir` cannot be used. The file holds the private key and is readable by its owner alone.
 */
export async function loadOrCreateCertificate(options: CertificateOptions): Promise<Certificate> {
  const { dir, spc, clock, random } = options
  const path = join(dir, fileName)
  try {
    const kept = await load(path)
    if (kept && isCurrent(kept, spc, clock.now())) return kept.certificate
    await store(dir, await issueOwn(spc, clock.now(), random))
    return parse(await readFile(path, 'utf8')).certificate
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown error'
    throw new Failure('certificate_invalid', `${path}: ${why}`, { cause })
  }
}

interface Kept {
  readonly certificate: Certificate
  readonly leaf: X509Certificate
}

async function load(path: string): Promise<Kept | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
  return parse(text)
}

function parse(text: string): Kept {
  const [key] = text.match(block('PRIVATE KEY')) ?? []
  const [leafPem, caPem] = text.match(block('CERTIFICATE')) ?? []
  if (!key || !leafPem || !caPem) throw new Error('a key and two certificates belong here')
  const privateKey = createPrivateKey(key)
  const leaf = new X509Certificate(leafPem)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('the key is not a P-256 key')
  }
  if (!leaf.checkPrivateKey(privateKey)) throw new Error('the certificate is not of this key')
  if (!leaf.verify(new X509Certificate(caPem).publicKey)) {
    throw new Error('the first certificate is not signed by the second')
  }
  const notAfterMs = leaf.validToDate.getTime()
  return { certificate: { privateKey, chainPem: leafPem + caPem, notAfterMs }, leaf }
}

function isCurrent({ leaf }: Kept, spc: string, nowMs: number): boolean {
  return (
    leaf.validFromDate.getTime() <= nowMs &&
    nowMs < leaf.validToDate.getTime() - renewBeforeEndMs &&
    speaksFor(leaf, spc)
  )
}

function speaksFor(leaf: X509Certificate, spc: string): boolean {
  const list = new x509.X509Certificate(leaf.raw).getExtension(tnAuthListId)
  const entries = list && decodeTnAuthList(Buffer.from(list.value))
  return entries?.some((entry) => 'spc' in entry && entry.spc === spc) ?? false
}

/**
 * A key, its certificate and that of its CA. The CA's key is forgotten at once, so that it can never
 * sign anything else. Nobody outside trusts this CA: it stands in until an STI-CA has issued one.
 */
async function issueOwn(spc: string, nowMs: number, random: Random): Promise<string> {
  const making = { nowMs, validMs, random }
  const authority = await issueAuthority({ organization, commonName: 'Tollgate demo CA' }, making)
  const name = { organization, commonName: `SHAKEN ${spc}` }
  const issued = await issueShaken({ name, entries: [{ spc }] }, authority, making)
  const key = issued.privateKey.export({ type: 'pkcs8', format: 'pem' })
  return key + issued.certificatePem + authority.certificatePem
}

/** Whole or not at all, and never readable by others, not even for a moment. */
async function store(dir: string, text: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, fileName)
  await rm(`${path}.new`, { force: true })
  const file = await open(`${path}.new`, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
