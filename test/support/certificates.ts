import { KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { x509 } from '../../src/identity/x509.ts'

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly certificate: string
  readonly key: string
}

/** A CA of a test's own. */
export interface TestCa {
  /** Its certificate, PEM. */
  readonly pem: string
  /** Issues a certificate for names such as `DNS:sip.example`, `URI:sip:example`, `IP:::1`. */
  issue(...names: readonly string[]): Promise<TestCertificate>
}

const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000

/** A fresh CA that issues certificates over P-256, valid since an hour and for one more unless told otherwise. */
export async function testCa(commonName = 'Test CA', validMs = hourMs): Promise<TestCa> {
  const keys = await freshKeys()
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...frame(validMs),
    name: `CN=${commonName}`,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true)],
  })
  return {
    pem: own.toString('pem'),
    issue: async (...names) => {
      const { publicKey, privateKey } = await freshKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        ...frame(validMs),
        subject: 'CN=Test',
        issuer: own.subjectName,
        publicKey,
        signingKey: keys.privateKey,
        extensions: [new x509.SubjectAlternativeNameExtension(names.map(generalName))],
      })
      const key = KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
      return { certificate: certificate.toString('pem'), key }
    },
  }
}

function freshKeys() {
  return webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
}

function frame(validMs: number) {
  return {
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + validMs),
    signingAlgorithm,
  }
}

/** RFC 5280 4.2.1.6. */
function generalName(name: string): x509.JsonGeneralName {
  const value = name.slice(name.indexOf(':') + 1)
  if (name.startsWith('DNS:')) return { type: 'dns', value }
  if (name.startsWith('URI:')) return { type: 'url', value }
  return { type: 'ip', value }
}
