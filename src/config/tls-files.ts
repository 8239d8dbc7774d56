import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { Failure, messageOf } from '../kernel/failure.ts'
import type { SettingPath, SettingValues } from './settings.ts'

/** A certificate, its chain below it, and its key, PEM. */
interface Pair {
  readonly certificate: string
  readonly key: string
}

/** What the files of `engine.tls` hold, PEM. */
export interface TlsFiles extends Pair {
  readonly names: readonly (Pair & { readonly name: string })[]
  readonly clientCertificates: SettingValues['engine.tls.clientCertificates']
  readonly clientCa: string | undefined
  readonly serverCa: string | undefined
}

/**
 * Reads the files of `engine.tls`; undefined where none is named. Throws a `config_invalid` that names
 * the setting where a file cannot be read, or a key is not that of its certificate.
 */
export function readTlsFiles(values: SettingValues): TlsFiles | undefined {
  const certificate = values['engine.tls.certificate']
  const key = values['engine.tls.key']
  if (certificate === undefined || key === undefined) return undefined
  return {
    ...readPair(
      { certificate: 'engine.tls.certificate', key: 'engine.tls.key' },
      { certificate, key },
    ),
    names: values['engine.tls.names'].map(({ name, ...files }) => {
      const settings = { certificate: 'engine.tls.names', key: 'engine.tls.names' } as const
      return { name, ...readPair(settings, files) }
    }),
    clientCertificates: values['engine.tls.clientCertificates'],
    clientCa: readCa('engine.tls.clientCa', values),
    serverCa: readCa('engine.tls.serverCa', values),
  }
}

/** A certificate and its key, which must belong together. */
export function readPair(settings: Readonly<Record<keyof Pair, SettingPath>>, files: Pair): Pair {
  const certificate = readPem(settings.certificate, files.certificate)
  const key = readPem(settings.key, files.key)
  prove(settings.certificate, () => new X509Certificate(certificate))
  prove(settings.key, () => createSecureContext({ cert: certificate, key }))
  return { certificate, key }
}

function readCa(
  path: 'engine.tls.clientCa' | 'engine.tls.serverCa',
  values: SettingValues,
): string | undefined {
  const file = values[path]
  if (file === undefined) return undefined
  const ca = readPem(path, file)
  // OpenSSL would take a text without any certificate for an empty list.
  prove(path, () => new X509Certificate(ca))
  return ca
}

function readPem(path: SettingPath, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw unusable(path, `cannot be read: ${messageOf(cause)}`)
  }
}

/** Says what OpenSSL has against it; that never quotes what is in the file. */
function prove(path: SettingPath, use: () => unknown): void {
  try {
    use()
  } catch (cause) {
    throw unusable(path, `cannot be used: ${messageOf(cause)}`)
  }
}

function unusable(path: SettingPath, why: string): Failure {
  return new Failure('config_invalid', `the file of ${path} ${why}`)
}
