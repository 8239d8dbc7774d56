import type { Rules } from '../admission/rules.ts'
import type { Settings } from '../config/load.ts'
import type { readTlsFiles } from '../config/tls-files.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { OpenApi } from './api.ts'
import type { Catalogue, Fresh, Next } from './follow.ts'
import type { Identity } from './identity.ts'
import type { Verifying } from './verification.ts'

type TlsFiles = NonNullable<ReturnType<typeof readTlsFiles>>

/** What a reload reads and who uses it. */
export interface ReloadParts {
  /** Reads the file of settings; undefined where there is none. */
  readonly readFile: (() => Settings) | undefined
  readonly next: Catalogue['next']
  /** Goes by all of it. */
  goBy(next: Next, fresh: Fresh): Promise<void>
  readTls(): TlsFiles | undefined
  /** Undefined where certificates are not the gate's. */
  readonly useTls: ((files: TlsFiles) => Promise<void>) | undefined
  readRules(lists: ListFiles): Promise<Rules>
  readonly identity: Pick<Identity, 'read'>
  /** Undefined where there is no API. */
  readonly api: Pick<OpenApi, 'readTls' | 'useTls'> | undefined
  readonly verifying: Pick<Verifying, 'readTrust' | 'useTrust'>
}

/** Runs one work after the other. */
export type InTurn = (work: () => Promise<void>) => Promise<void>

/** Everybody who gets the same one waits for the others. */
export function oneAfterTheOther(): InTurn {
  let last: Promise<void> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}

/**
 * Reads everything again that may change under a running gate: all of it before any is used, so that a
 * bad file leaves all as it was.
 */
export async function reload(parts: ReloadParts): Promise<Settings | undefined> {
  const { readTls, useTls, readRules, identity, verifying, api } = parts
  const file = parts.readFile?.()
  const next = parts.next(file)
  const { lists, identities } = next.settings.directory
  const files = readTls()
  const trust = verifying.readTrust()
  const rules = await readRules(lists)
  const fresh = { rules, identity: await identity.read(identities) }
  const apiTls = api?.readTls()
  // The engine refuses a key that does not fit, and then nothing has changed yet.
  if (files) await useTls?.(files)
  if (apiTls) api?.useTls(apiTls)
  if (trust) verifying.useTrust(trust)
  await parts.goBy(next, fresh)
  return file
}
