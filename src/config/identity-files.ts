import { readFileSync } from 'node:fs'
import { Failure, messageOf } from '../kernel/failure.ts'
import { Secret } from '../kernel/secret.ts'
import type { Problems } from './problem.ts'
import type { SettingValues } from './settings.ts'
import { readPair } from './tls-files.ts'

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost)$/

/** Where a certificate and its key come from: files, or a variable of the environment for the key. */
export interface IdentitySource {
  readonly certificate: string
  readonly key?: string | undefined
  readonly keyVariable?: string | undefined
}

/** A key and the chain of its certificate, PEM, unread. */
export interface IdentityPem {
  readonly keyPem: Secret
  readonly chainPem: string
}

/** What no single setting of `identity` can tell about itself. */
export function checkIdentity(values: Partial<SettingValues>, problems: Problems): void {
  const [certificate, key, keyPem] = [
    values['identity.certificate'],
    values['identity.key'],
    values['identity.keyPem'],
  ]
  if ((key ?? keyPem) && !certificate) {
    problems.add('identity.certificate', 'is missing (its key is there)')
  }
  if (certificate && !key && !keyPem) {
    problems.add('identity.key', 'is missing (identity.certificate needs it)')
  }
  if (key && keyPem) problems.add('identity.key', 'is given twice (identity.keyPem)')
  const tls = [values['identity.tls.certificate'], values['identity.tls.key']]
  if (tls[0] && !tls[1]) {
    problems.add('identity.tls.key', 'is missing (identity.tls.certificate needs it)')
  }
  if (tls[1] && !tls[0]) {
    problems.add('identity.tls.certificate', 'is missing (identity.tls.key needs it)')
  }
  const { 'identity.host': host = 'localhost', 'identity.x5uBase': base } = values
  if (!loopback.test(host) && !tls[0] && !base) {
    problems.add(
      'identity.x5uBase',
      'is missing (identity.host is not loopback, and plain http has to stay behind an https front)',
    )
  }
}

/** The operator's own; undefined where none is named and one is to be made. Throws `config_invalid`. */
export function readIdentityFiles(values: SettingValues): IdentityPem | undefined {
  const certificate = values['identity.certificate']
  if (certificate === undefined) return undefined
  const key = values['identity.key']
  const keyPem = values['identity.keyPem'] ?? (key ? readSecret('identity.key', key) : undefined)
  if (!keyPem) throw new Failure('config_invalid', 'identity.key is missing')
  return { keyPem, chainPem: readPem('identity.certificate', certificate) }
}

/** Those of a tenant. Throws a `config_invalid` that names the tenant, and nothing of the key. */
export function readTenantIdentity(
  tenant: string,
  { certificate, key, keyVariable }: IdentitySource,
  environment: Readonly<Record<string, string | undefined>>,
): IdentityPem {
  const where = `identity of tenant ${tenant}`
  const chainPem = readPem(`${where}: certificate`, certificate)
  if (key !== undefined) return { keyPem: readSecret(`${where}: key`, key), chainPem }
  const text = environment[keyVariable ?? '']
  if (!text) throw new Failure('config_invalid', `${where}: ${keyVariable} is not set`)
  return { keyPem: new Secret(text.replaceAll('\\n', '\n')), chainPem }
}

/** What identity.port shows as its own certificate; undefined where it speaks plain http. */
export function readIdentityTls(values: SettingValues) {
  const certificate = values['identity.tls.certificate']
  const key = values['identity.tls.key']
  if (certificate === undefined || key === undefined) return undefined
  const settings = { certificate: 'identity.tls.certificate', key: 'identity.tls.key' } as const
  return readPair(settings, { certificate, key })
}

function readSecret(where: string, file: string): Secret {
  return new Secret(readPem(where, file))
}

function readPem(where: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const why = messageOf(cause)
    throw new Failure('config_invalid', `the file of ${where} cannot be read: ${why}`)
  }
}
