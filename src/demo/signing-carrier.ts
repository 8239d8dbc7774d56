import { KeyObject, webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SettingValues } from '../config/settings.ts'
import { issueAuthority, issueShaken } from '../identity/issue-certificate.ts'
import { createSigner, type Signer } from '../identity/signer.ts'
import { x509 } from '../identity/x509.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { Pbx } from './pbx.ts'
import type { Address } from './udp-end.ts'

/** Where config/demo.yaml has calls of a carrier come from. */
const ownAddress = '127.0.0.9'
const host = 'certificates.carrier.demo'
const ownPath = '/shaken.pem'
const othersPath = '/nobodys.pem'
const validMs = 24 * 3_600_000
const organization = 'Tollgate demo carrier'

/** Far past what a verifier waits for, milliseconds. */
const staleMs = 3_600_000

/**
 * What the call of a carrier brings to prove its caller: nothing, a signature, one of an hour ago, one whose
 * certificate is not where it says, one by an authority that nobody trusts, or one of other claims.
 */
export type Proof = 'unsigned' | 'signed' | 'stale' | 'no certificate' | 'untrusted' | 'tampered'
type Signature = Exclude<Proof, 'unsigned' | 'tampered'>

type Believed = 'trustAnchors' | 'serverCa' | 'allowedHosts'
type VerificationValues = Pick<SettingValues, `verification.${Believed}`>

/** A carrier that calls the numbers of tenants, and serves the certificate that it signs by. */
export class SigningCarrier implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack
  readonly #signers: Readonly<Record<Signature, Signer>>
  /** By which a gate believes it. */
  readonly verification: VerificationValues

  private constructor(
    stack: AsyncDisposableStack,
    signers: Readonly<Record<Signature, Signer>>,
    verification: VerificationValues,
  ) {
    this.#stack = stack
    this.#signers = signers
    this.verification = verification
  }

  /** Makes its certificates afresh; those that a gate has to know are put into the folder. */
  static async open(
    folder: string,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
  ): Promise<SigningCarrier> {
    await using stack = new AsyncDisposableStack()
    const making = { nowMs: clock.now(), validMs, random }
    const root = await issueAuthority({ organization, commonName: 'SHAKEN root' }, making)
    const name = { organization, commonName: 'SHAKEN DEMO' }
    const own = await issueShaken({ name, entries: [{ spc: 'DEMO' }] }, root, making)
    const nobodys = await issueAuthority({ organization, commonName: 'Nobody' }, making)
    const other = await issueShaken({ name, entries: [{ spc: 'DEMO' }] }, nobodys, making)
    const web = await webCertificate(making.nowMs)
    const served = new Map([
      [ownPath, own.certificatePem],
      [othersPath, other.certificatePem],
    ])
    const server = createServer(web, ({ url = '' }, response) => {
      const certificate = served.get(url)
      response.writeHead(certificate === undefined ? 404 : 200).end(certificate)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stack.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const { port } = server.address() as AddressInfo
    const [trustAnchors, serverCa] = [`${folder}/anchors.pem`, `${folder}/web.pem`] as const
    await writeFile(trustAnchors, root.certificatePem)
    await writeFile(serverCa, web.cert)
    const at = (path: string) => ({ x5u: `https://${host}:${port}${path}`, clock })
    const { privateKey } = own
    const earlier = { ...clock, now: () => clock.now() - staleMs }
    const signers = {
      signed: createSigner({ privateKey, ...at(ownPath) }),
      stale: createSigner({ privateKey, ...at(ownPath), clock: earlier }),
      'no certificate': createSigner({ privateKey, ...at('/gone.pem') }),
      untrusted: createSigner({ privateKey: other.privateKey, ...at(othersPath) }),
    }
    return new SigningCarrier(stack.move(), signers, {
      'verification.trustAnchors': trustAnchors,
      'verification.serverCa': serverCa,
      'verification.allowedHosts': [{ host, port, address: '127.0.0.1' }],
    })
  }

  /** Identity fields for a call of now. */
  async proofOf(proof: Proof, caller: string, called: string): Promise<readonly string[]> {
    if (proof === 'unsigned') return []
    const statement = { attestation: 'A', origE164: caller, destE164: called, origId } as const
    const isTampered = proof === 'tampered'
    const { identities } = await this.#signers[isTampered ? 'signed' : proof].sign(statement)
    return isTampered ? identities.map(tamperedWith) : identities
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

/** Where its calls to a gate come from. */
export function carrierLine(around: {
  readonly clock: Clock
  readonly random: Random
  readonly gate: Address
}): Promise<Pbx> {
  return Pbx.open({ ...around, ownAddress })
}

/** A self-signed certificate of the web for the host, and its key, PEM. */
async function webCertificate(nowMs: number) {
  const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm,
    name: `CN=${host}`,
    serialNumber: '01',
    notBefore: new Date(nowMs - validMs),
    notAfter: new Date(nowMs + validMs),
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
    ],
  })
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
  return { cert: certificate.toString('pem'), key }
}

const origId = 'b6d0a1c2-5a3e-4f0e-9d5c-3f1f0a9d7e11'

/** The same claims with a better attestation than was signed, or a worse one. */
function tamperedWith(identity: string): string {
  const [passport = '', ...parameters] = identity.split(';')
  const [header, payload = '', signature] = passport.split('.')
  const claims = Buffer.from(payload, 'base64url').toString()
  const forged = Buffer.from(claims.replace('"attest":"A"', '"attest":"B"')).toString('base64url')
  return [[header, forged, signature].join('.'), ...parameters].join(';')
}
