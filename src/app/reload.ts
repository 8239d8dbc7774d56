import type { Rules } from '../admission/rules.ts'
import type { readTlsFiles } from '../config/tls-files.ts'
import type { Logger } from '../kernel/logger.ts'
import type { OpenApi } from './api.ts'
import type { Identity } from './identity.ts'
import type { Verifying } from './verification.ts'

type TlsFiles = NonNullable<ReturnType<typeof readTlsFiles>>

interface ReloadParts {
  readonly logger: Logger
  readTls(): TlsFiles | undefined
  /** Undefined where certificates are not the gate's. */
  readonly useTls: ((files: TlsFiles) => Promise<void>) | undefined
  readRules(): Promise<Rules>
  judgeBy(rules: Rules): void
  readonly identity: Pick<Identity, 'read' | 'use'>
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
 * bad file leaves all as it was. One after the other: what was read last is what holds.
 */
export function openReload(
  parts: ReloadParts,
  inTurn: InTurn = oneAfterTheOther(),
): () => Promise<void> {
  return () => inTurn(() => reload(parts))
}

async function reload(parts: ReloadParts): Promise<void> {
  const { logger, readTls, useTls, readRules, judgeBy, identity, verifying, api } = parts
  const files = readTls()
  const trust = verifying.readTrust()
  const rules = await readRules()
  const fresh = await identity.read()
  const apiTls = api?.readTls()
  // The engine refuses a key that does not fit, and then nothing has changed yet.
  if (files) await useTls?.(files)
  identity.use(fresh)
  if (apiTls) api?.useTls(apiTls)
  judgeBy(rules)
  if (trust) verifying.useTrust(trust)
  logger.info({}, 'certificates, lists and tables of law have been read again')
}
