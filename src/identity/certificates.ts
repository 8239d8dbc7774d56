import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { Failure, hasCode } from '../kernel/failure.ts'
import { writePrivateFile } from '../kernel/private-file.ts'
import type { Random } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'
import { readCredential, type SigningCredential } from './credential.ts'
import { issueAuthority, issueShaken } from './issue-certificate.ts'

const dayMs = 24 * 3_600_000

/** A certificate with less time than this left is made anew at the start. */
const renewBeforeEndMs = 30 * dayMs
const validMs = 365 * dayMs
const organization = 'Tollgate demo'

/** One file, so that key and certificate can never be of two different issues. */
const fileName = 'identity.pem'
/** What was there before: a clock that was wrong may have made it seem over. */
const beforeName = 'identity.before.pem'

const keyPem = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/

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
 * they end within 30 days, or where they speak for another code. The ones before stay beside the new
 * ones, and are used again where those are of a time to come. Throws `certificate_invalid`
 * when the kept file is damaged, rather than replace a key that someone may still need, and when
 * `dir` cannot be used. The file holds the private key and is readable by its owner alone.
 */
export async function loadOrCreateCertificate(
  options: CertificateOptions,
): Promise<SigningCredential> {
  const { dir, spc, clock, random } = options
  const path = join(dir, fileName)
  try {
    const nowMs = clock.now()
    const kept = await load(path)
    if (kept && isCurrent(kept, spc, nowMs)) return kept
    const before = await load(join(dir, beforeName)).catch(() => undefined)
    if (before && isCurrent(before, spc, nowMs)) return before
    if (kept) await writePrivateFile(join(dir, beforeName), await readFile(path, 'utf8'))
    await writePrivateFile(path, await issueOwn(spc, nowMs, random))
    return parse(await readFile(path, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown error'
    throw new Failure('certificate_invalid', `${path}: ${why}`, { cause })
  }
}

async function load(path: string): Promise<SigningCredential | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined
    throw cause
  }
  return parse(text)
}

function parse(text: string): SigningCredential {
  const [key] = text.match(keyPem) ?? []
  if (!key) throw new Error('a key and its certificates are needed')
  return readCredential(new Secret(key), text)
}

function isCurrent(kept: SigningCredential, spc: string, nowMs: number): boolean {
  const { notBeforeMs, notAfterMs, entries } = kept
  const speaksForUs = entries.some((entry) => 'spc' in entry && entry.spc === spc)
  return notBeforeMs <= nowMs && nowMs < notAfterMs - renewBeforeEndMs && speaksForUs
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
