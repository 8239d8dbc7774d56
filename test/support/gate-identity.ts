import { verify, X509Certificate } from 'node:crypto'
import { headerValues } from './sipp-log.ts'

export interface VerifiedPassport {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: {
    readonly attest: string
    readonly dest: { readonly tn: readonly string[] }
    readonly iat: number
    readonly orig: { readonly tn: string }
    readonly origid: string
  }
}

const fetchTimeoutMs = 3000

/**
 * Checks the one Identity header of an INVITE as a carrier would (RFC 8224 6.2), with nothing of
 * the gate's own code: the parameters agree with the PASSporT, the certificate is fetched from where
 * the header says, and it signed these very bytes (RFC 8225 9, ES256). Throws where anything is off.
 */
export async function verifyIdentity(invite: string): Promise<VerifiedPassport> {
  const values = headerValues(invite, 'Identity')
  if (values.length !== 1) throw new Error(`${values.length} Identity headers`)
  const [token = '', ...parameters] = (values[0] ?? '').split(';').map((part) => part.trim())
  const parts = token.split('.')
  const [head = '', body = '', signature = ''] = parts
  if (parts.length !== 3) throw new Error('not the full form of a PASSporT')
  const header = decode(head)
  const x5u = String(header.x5u)
  // RFC 8224 4, RFC 8588 4: what the parameters say must be what was signed.
  expectEqual(parameters.includes(`info=<${x5u}>`), true, 'info parameter')
  expectEqual(header.alg, 'ES256', 'alg')
  expectEqual(header.ppt, 'shaken', 'ppt')
  expectEqual(header.typ, 'passport', 'typ')
  const key = (await certificateAt(x5u)).publicKey
  const signed = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  expectEqual(signed, true, 'signature')
  return { header, payload: decode(body) as unknown as VerifiedPassport['payload'] }
}

const certificates = new Map<string, X509Certificate>()

async function certificateAt(url: string): Promise<X509Certificate> {
  const known = certificates.get(url)
  if (known) return known
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) })
  if (!response.ok) throw new Error(`the certificate answers ${response.status}`)
  const certificate = new X509Certificate(Buffer.from(await response.arrayBuffer()))
  certificates.set(url, certificate)
  return certificate
}

/** RFC 8225 9: keys in lexicographic order and no white space, or the signature is not repeatable. */
function decode(part: string): Record<string, unknown> {
  const text = Buffer.from(part, 'base64url').toString()
  const value: unknown = JSON.parse(text)
  expectEqual(JSON.stringify(sorted(value)), text, 'canonical form')
  return value as Record<string, unknown>
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]))
}

function expectEqual(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)}, not ${String(wanted)}`)
}
