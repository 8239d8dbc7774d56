import { apiKeyVariable } from '../../config/environment.ts'
import { UsageError } from '../command.ts'
import { configOption } from '../line/common.ts'
import { jsonOption, optional } from '../line/options.ts'
import { file, type ValueType } from '../line/values.ts'

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Where the API of a gate is; a key goes there, so in the clear to this machine alone. */
const gateUrl: ValueType<URL> = {
  written: '<url>',
  read(text) {
    const url = URL.parse(text)
    const isKnown = url?.protocol === 'https:' || url?.protocol === 'http:'
    if (!url || !isKnown || url.username || url.password || url.search || url.hash) {
      throw new UsageError('must be the URL of a gate such as https://gate-1.example.com:8443')
    }
    if (url.protocol === 'http:' && !loopback.test(url.hostname)) {
      throw new UsageError('must begin with https://, except for this machine itself')
    }
    return url
  },
}

/** The options of commands that ask a running gate. */
export const gateOptions = {
  gate: optional(gateUrl, 'The API of the gate; without it, the address in api.listen.'),
  'key-file': optional(
    file,
    `A file with an operator's or a tenant's key; without it, the key is in ${apiKeyVariable}.`,
  ),
  ca: optional(
    file,
    'A PEM file with the CA of its certificate, where the machine does not trust it.',
  ),
  config: configOption,
  json: jsonOption,
} as const
