import { X509Certificate } from 'node:crypto'
import { decodeTnAuthList, type TnEntry, tnAuthListId } from '../../identity/tn-auth-list.ts'
import { x509 } from '../../identity/x509.ts'
import { command, exitCodes } from '../command.ts'
import { jsonOption } from '../line/options.ts'
import { pemBytesMax, textGiven } from '../line/read-given.ts'
import { show } from '../line/show.ts'
import { file } from '../line/values.ts'

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** `tollgate certs show`: 0 with what each certificate in a file says, 1 when it has none. */
export const certsShow = command({
  argument: { type: file, help: 'Certificates in PEM.' },
  options: { json: jsonOption },
  no: 'there is no certificate in it',
  async run({ values, argument }, terminal) {
    const found = (await textGiven(argument, pemBytesMax)).match(certificatePem) ?? []
    const certificates = found.map(contentOf)
    const lines = certificates.flatMap(linesOf)
    show(terminal, { json: values.json, value: certificates, lines })
    if (certificates.length > 0) return exitCodes.ok
    terminal.err('There is no certificate in it.')
    return exitCodes.no
  },
})

function contentOf(pem: string) {
  const certificate = new X509Certificate(pem)
  const list = new x509.X509Certificate(certificate.raw).getExtension(tnAuthListId)
  const entries = list ? decodeTnAuthList(Buffer.from(list.value)) : []
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial: certificate.serialNumber,
    from: certificate.validFromDate.toISOString(),
    until: certificate.validToDate.toISOString(),
    fingerprint: certificate.fingerprint256,
    /** Null where it cannot be read. */
    speaksFor: entries?.map(entryText) ?? null,
  }
}

function linesOf({ speaksFor, ...plain }: ReturnType<typeof contentOf>): string[] {
  return [
    ...Object.entries(plain).map(([name, text]) => `${name.padEnd(12)} ${text}`),
    ...(speaksFor ?? ['an unreadable TNAuthList']).map((entry) => `speaks for   ${entry}`),
    '',
  ]
}

function oneLine(name: string): string {
  return name.split('\n').join(', ')
}

function entryText(entry: TnEntry): string {
  if ('spc' in entry) return `service provider ${entry.spc}`
  if ('one' in entry) return `+${entry.one}`
  return `+${entry.start} and ${entry.count - 1} after it`
}
