import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Random } from '../kernel/random.ts'
import { issueCertificate } from './issue-certificate.ts'
import { tnAuthListExtension } from './tn-auth-list.ts'

const dayMs = 24 * 3_600_000

/** A certificate with less time than this left is made anew at the start. */
const renewBeforeEndMs = 30 * dayMs

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
    const extension = tnAuthListExtension(spc)
    const kept = await load(path)
    if (kept && isCurrent(kept, extension, clock.now())) return kept.certificate
    const issued = issueCertificate(spc, clock.now(), random)
    await store(dir, issued.privateKey.export({ type: 'pkcs8', format: 'pem' }) + issued.chainPem)
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

function isCurrent({ leaf }: Kept, extension: Buffer, nowMs: number): boolean {
  return (
    leaf.validFromDate.getTime() <= nowMs &&
    nowMs < leaf.validToDate.getTime() - renewBeforeEndMs &&
    leaf.raw.includes(extension)
  )
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
