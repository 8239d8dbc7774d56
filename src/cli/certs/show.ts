import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decodeTnAuthList, type TnEntry, tnAuthListId } from '../../identity/tn-auth-list.ts'
import { x509 } from '../../identity/x509.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** `tollgate certs show`: 0 with what each certificate in a file says, 1 when it has none. */
export const certsShow: Command = {
  usage: 'certs show <file>',
  help: 'Print whom each certificate in a PEM file is of and speaks for, and when it ends.',
  async run(args, terminal) {
    const otherwise = 'exactly one file is needed'
    const { argument } = readArguments(args, { options: {}, count: 1, otherwise })
    const certificates = readFileSync(argument, 'utf8').match(certificatePem) ?? []
    for (const pem of certificates) for (const line of linesOf(pem)) terminal.out(printable(line))
    if (certificates.length > 0) return exitCodes.ok
    terminal.err('There is no certificate in it.')
    return exitCodes.no
  },
}

function linesOf(pem: string): string[] {
  const certificate = new X509Certificate(pem)
  const list = new x509.X509Certificate(certificate.raw).getExtension(tnAuthListId)
  const entries = list ? decodeTnAuthList(Buffer.from(list.value)) : []
  return [
    `subject      ${oneLine(certificate.subject)}`,
    `issuer       ${oneLine(certificate.issuer)}`,
    `serial       ${certificate.serialNumber}`,
    `from         ${certificate.validFromDate.toISOString()}`,
    `until        ${certificate.validToDate.toISOString()}`,
    `fingerprint  ${certificate.fingerprint256}`,
    ...(entries ?? []).map((entry) => `speaks for   ${entryText(entry)}`),
    ...(entries ? [] : ['speaks for   an unreadable TNAuthList']),
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
