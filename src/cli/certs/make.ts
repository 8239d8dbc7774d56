import { readFileSync } from 'node:fs'
import {
  issueAuthority,
  issueShaken,
  requestCertificate,
} from '../../identity/issue-certificate.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes } from '../command.ts'
import { keyText, readKeyFile, writeNew } from './files.ts'
import { makingOf, needed, orderFrom, orderOptions, orderUsage } from './options.ts'

const nothing = { count: 0, otherwise: 'only options are understood' } as const
const out = { type: 'string' } as const

/** `tollgate certs ca`: a CA for a network of one's own, in two files. */
export const certsCa: Command = {
  usage: 'certs ca --name <common name> --organization <name> [--days <3650>] --out <path>',
  help: 'Make a test CA: <path>.pem and <path>.key. Nobody outside trusts it.',
  async run(args, terminal) {
    const text = { type: 'string' } as const
    const days = { type: 'string', default: '3650' } as const
    const options = { name: text, organization: text, days, out }
    const { values } = readArguments(args, { options, ...nothing })
    const path = needed('out', values.out)
    const name = {
      commonName: needed('name', values.name),
      organization: needed('organization', values.organization),
    }
    const { privateKey, certificatePem } = await issueAuthority(name, makingOf(values.days))
    writeNew({ [`${path}.pem`]: certificatePem, [`${path}.key`]: keyText(privateKey) })
    terminal.out(`${path}.pem`)
    return exitCodes.ok
  },
}

/** `tollgate certs issue`: a SHAKEN certificate of such a CA, with its chain and key. */
export const certsIssue: Command = {
  usage: `certs issue --ca <path> ${orderUsage} [--days <365>] --out <path>`,
  help: 'Issue a SHAKEN certificate by a test CA: <path>.pem with the chain, and <path>.key unless --key is given.',
  async run(args, terminal) {
    const days = { type: 'string', default: '365' } as const
    const options = { ...orderOptions, ca: { type: 'string' }, days, out } as const
    const { values } = readArguments(args, { options, ...nothing })
    const [path, ca] = [needed('out', values.out), needed('ca', values.ca)]
    const privateKey = readKeyFile(`${ca}.key`)
    if (!privateKey) throw new Error(`${ca}.key is missing`)
    const authority = { privateKey, certificatePem: readFileSync(`${ca}.pem`, 'utf8') }
    const issued = await issueShaken(orderFrom(values), authority, makingOf(values.days))
    const chain = issued.certificatePem + authority.certificatePem
    writeNew({ [`${path}.pem`]: chain, ...keyFile(path, values.key, issued.privateKey) })
    terminal.out(`${path}.pem`)
    return exitCodes.ok
  },
}

/** `tollgate certs csr`: a request to a real STI-CA. */
export const certsCsr: Command = {
  usage: `certs csr ${orderUsage} --out <path>`,
  help: 'Make a request to an STI-CA (ATIS-1000080): <path>.csr, and <path>.key unless --key is given.',
  async run(args, terminal) {
    const options = { ...orderOptions, out } as const
    const { values } = readArguments(args, { options, ...nothing })
    const path = needed('out', values.out)
    const { privateKey, requestPem } = await requestCertificate(orderFrom(values))
    writeNew({ [`${path}.csr`]: requestPem, ...keyFile(path, values.key, privateKey) })
    terminal.out(`${path}.csr`)
    return exitCodes.ok
  },
}

/** A key that came from a file stays where it is. */
function keyFile(path: string, given: string | undefined, key: Parameters<typeof keyText>[0]) {
  return given === undefined ? { [`${path}.key`]: keyText(key) } : {}
}
