import {
  issueAuthority,
  issueShaken,
  requestCertificate,
} from '../../identity/issue-certificate.ts'
import { command, exitCodes, type Terminal } from '../command.ts'
import { jsonOption, needed, withDefault } from '../line/options.ts'
import { pemBytesMax, textGiven } from '../line/read-given.ts'
import { show } from '../line/show.ts'
import { wholeNumber, word } from '../line/values.ts'
import { keyText, readKeyFile, writeNew } from './files.ts'
import { makingOf, orderFrom, orderOptions } from './options.ts'

const commonName = word('<common name>')
const organizationName = word('<name>')
const out = needed(word('<path>', 'files'), 'Path of the files, without their endings.')
const days = wholeNumber('<days>', 1)

/** `tollgate certs ca`: a CA for a network of one's own, in two files. */
export const certsCa = command({
  options: {
    name: needed(commonName, 'Its common name.'),
    organization: needed(organizationName, 'The organization in it.'),
    days: withDefault(days, '3650', 'How many days it is valid.'),
    out,
    json: jsonOption,
  },
  async run({ values }, terminal) {
    const { name, organization, out: path } = values
    const making = makingOf(values.days)
    const made = await issueAuthority({ commonName: name, organization }, making)
    const files = {
      [`${path}.pem`]: made.certificatePem,
      [`${path}.key`]: keyText(made.privateKey),
    }
    written(files, values.json, terminal)
    return exitCodes.ok
  },
})

/** `tollgate certs issue`: a SHAKEN certificate of such a CA, with its chain and key. */
export const certsIssue = command({
  options: {
    ca: needed(
      word('<path>', 'files'),
      'Path of the files that `certs ca` wrote, without their endings.',
    ),
    ...orderOptions,
    days: withDefault(days, '365', 'How many days it is valid.'),
    out,
    json: jsonOption,
  },
  async run({ values }, terminal) {
    const { out: path, ca } = values
    const privateKey = await readKeyFile(`${ca}.key`)
    const authority = { privateKey, certificatePem: await textGiven(`${ca}.pem`, pemBytesMax) }
    const issued = await issueShaken(await orderFrom(values), authority, makingOf(values.days))
    const chain = issued.certificatePem + authority.certificatePem
    const files = { [`${path}.pem`]: chain, ...keyFile(path, values.key, issued.privateKey) }
    written(files, values.json, terminal)
    return exitCodes.ok
  },
})

/** `tollgate certs csr`: a request to a real STI-CA. */
export const certsCsr = command({
  options: { ...orderOptions, out, json: jsonOption },
  async run({ values }, terminal) {
    const { out: path } = values
    const { privateKey, requestPem } = await requestCertificate(await orderFrom(values))
    const files = { [`${path}.csr`]: requestPem, ...keyFile(path, values.key, privateKey) }
    written(files, values.json, terminal)
    return exitCodes.ok
  },
})

/** Writes new files, and says which. */
function written(files: Readonly<Record<string, string>>, json: boolean, terminal: Terminal) {
  writeNew(files)
  const names = Object.keys(files)
  show(terminal, { json, value: { files: names }, lines: names })
}

/** A key that came from a file stays where it is. */
function keyFile(path: string, given: string | undefined, key: Parameters<typeof keyText>[0]) {
  return given === undefined ? { [`${path}.key`]: keyText(key) } : {}
}
