import { readFileSync } from 'node:fs'
import { Failure, messageOf } from '../kernel/failure.ts'
import type { SettingPath, SettingValues } from './settings.ts'

/** A file as it was read. */
export interface ReadFile {
  readonly path: string
  readonly content: Buffer
}

/** What callers are verified by, as the files of `verification` hold it. */
export interface VerificationFiles {
  readonly anchors: ReadFile
  readonly lists: readonly ReadFile[]
  readonly listIssuers: ReadFile | undefined
  readonly revocation: SettingValues['verification.revocation']
  readonly policies: readonly string[]
}

/**
 * Reads the files of `verification`; undefined where no trust anchors are named. Throws a
 * `config_invalid` that names the setting where one cannot be read.
 */
export function readVerificationFiles(values: SettingValues): VerificationFiles | undefined {
  const anchors = values['verification.trustAnchors']
  if (anchors === undefined) return undefined
  const issuers = values['verification.revocationIssuers']
  return {
    anchors: read('verification.trustAnchors', anchors),
    lists: values['verification.revocationLists'].map((path) =>
      read('verification.revocationLists', path),
    ),
    listIssuers:
      issuers === undefined ? undefined : read('verification.revocationIssuers', issuers),
    revocation: values['verification.revocation'],
    policies: values['verification.certificatePolicies'],
  }
}

/** The CAs of `verification.serverCa`, PEM. */
export function readServerCa(values: SettingValues): string | undefined {
  const path = values['verification.serverCa']
  if (path === undefined) return undefined
  return read('verification.serverCa', path).content.toString('latin1')
}

function read(setting: SettingPath, path: string): ReadFile {
  try {
    return { path, content: readFileSync(path) }
  } catch (cause) {
    const why = messageOf(cause)
    throw new Failure('config_invalid', `${setting}: cannot be read: ${why}`)
  }
}
