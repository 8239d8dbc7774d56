import { apiKeyVariable, environment } from '../../config/environment.ts'
import { Secret } from '../../kernel/secret.ts'
import { UsageError } from '../command.ts'
import type { Values } from '../line/options.ts'
import { pemBytesMax, textGiven } from '../line/read-given.ts'
import type { gateOptions } from './options.ts'

/** A key, and blanks around it. */
const keyFileBytesMax = 4096

/** Where a gate is asked, and as who. */
export interface GatePlace {
  readonly url: URL
  readonly key: Secret
  /** PEM; undefined: what the machine trusts. */
  readonly ca: string | undefined
  /** Whether `ca` is the gate's own certificate, which is believed under any name. */
  readonly isOwn: boolean
}

type Given = Omit<Values<typeof gateOptions>, 'json'>

/** Where the gate of the options is; throws `UsageError` where they do not say. */
export async function placeOf({ gate, ca, config, ...keys }: Given): Promise<GatePlace> {
  const key = await keyIn(keys['key-file'])
  const pem = ca === undefined ? undefined : await textGiven(ca, pemBytesMax)
  if (gate) return { url: gate, key, ca: pem, isOwn: false }
  const { settingsIn } = await import('../settings-in.ts')
  const { values } = settingsIn(config)
  const listen = values['api.listen']
  if (!listen) throw new UsageError('the settings have no api.listen: --gate <url> says where')
  const { protocol, address, port } = listen
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  const url = new URL(`${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`)
  const own = values['api.tls.certificate']
  if (pem !== undefined || own === undefined) return { url, key, ca: pem, isOwn: false }
  return { url, key, ca: await textGiven(own, pemBytesMax), isOwn: true }
}

/** It never stands on the command line, where everybody on the machine could read it. */
async function keyIn(path: string | undefined): Promise<Secret> {
  const text =
    path === undefined ? environment()[apiKeyVariable] : await textGiven(path, keyFileBytesMax)
  const key = text?.trim() ?? ''
  if (/^[\x21-\x7e]{1,512}$/.test(key)) return new Secret(key)
  if (path !== undefined) throw new UsageError('--key-file holds no key')
  throw new UsageError(`which key? ${apiKeyVariable} or --key-file <file>`)
}
