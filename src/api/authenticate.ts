import { askStore, type StorePatience } from '../admission/ask-store.ts'
import type { SourceGuard } from '../admission/source-guard.ts'
import { isInRanges } from '../admission/source-ranges.ts'
import type { Source } from '../domain/attempt.ts'
import type { Key, KeyId } from '../domain/key.ts'
import type { OperatorKey } from '../domain/operator-key.ts'
import type { Reason } from '../domain/refusals.ts'
import { Failure } from '../kernel/failure.ts'
import { parseKey } from '../keys/format.ts'
import { proveKey } from '../keys/prove.ts'
import type { Directory } from '../store/port.ts'
import type { Caller } from './caller.ts'
import type { ProblemName } from './problem.ts'

/** Why somebody is not let in. */
export type NotLetIn = Extract<ProblemName, Reason>

/** What came of authenticating. */
export type Authenticated =
  | { readonly caller: Caller }
  | {
      readonly refused: NotLetIn
      /** Of the key that was proven; of no other is anything known. */
      readonly key?: Pick<Key, 'id'> & Partial<Pick<Key, 'tenantId'>>
      /** How long the answer shall wait. */
      readonly delayMs: number
    }

/** What came with a request. */
export interface Credentials {
  readonly source: Source
  readonly userAgent: string | undefined
  /** The one Authorization field. */
  readonly authorization: string | undefined
}

export interface AuthenticateParts extends StorePatience {
  readonly directory: Pick<Directory, 'findKey' | 'findTenant' | 'findPolicy'>
  /** Those of now. */
  readonly operators: () => readonly OperatorKey[]
  readonly guard: Pick<SourceGuard, 'turnsAway' | 'learn'>
  readonly noteUse: (id: KeyId, atMs: number) => void
}

/**
 * Tells who a request is from, by the same proof, networks and guard as a call on SIP. A source that is
 * banned, an unknown key, a wrong secret and a wrong network get one answer. Throws where it cannot be told.
 */
export function createAuthenticate(
  parts: AuthenticateParts,
): (credentials: Credentials) => Promise<Authenticated> {
  const { guard, clock, noteUse } = parts

  return async (credentials) => {
    if (guard.turnsAway(credentials)) return { refused: 'credentials_invalid', delayMs: 0 }
    const judged = await judge(parts, credentials)
    if ('caller' in judged) {
      guard.learn(credentials, { admitted: true })
      noteUse(judged.caller.key.id, clock.now())
      return judged
    }
    const { refused: reason, key } = judged
    const delay = guard.learn(credentials, { admitted: false, reason, key })
    return { ...judged, delayMs: delay === 'silence' ? 0 : delay }
  }
}

type Judged =
  | { readonly caller: Caller }
  | Omit<Extract<Authenticated, { refused: NotLetIn }>, 'delayMs'>

async function judge(
  parts: AuthenticateParts,
  { authorization, source }: Credentials,
): Promise<Judged> {
  if (authorization === undefined) return { refused: 'credentials_missing' }
  // RFC 6750 2.1; RFC 9110 11.1: the scheme in any case.
  const text = /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
  const presented = parseKey(text)
  if (!presented) return { refused: 'credentials_invalid' }
  const { publicId, secret, mode } = presented
  const nowMs = parts.clock.now()
  const key = await askStore(parts, () => parts.directory.findKey(publicId))
  const operator = parts.operators().find(({ id }) => id === publicId)
  const isProven = proveKey(secret, operator ?? key, nowMs)
  const known = operator ?? (key?.mode === mode ? key : undefined)
  if (!isProven || !known) return { refused: 'credentials_invalid' }
  if (!isInRanges(source.address, known.allowedSources)) return { refused: 'credentials_invalid' }
  const inactive = inactivity(known, nowMs)
  if (inactive) return { refused: inactive, key: known }
  if (operator) return { caller: { kind: 'operator', key: operator } }
  return key ? await holderOf(parts, key) : { refused: 'credentials_invalid' }
}

function inactivity(
  { status, expiresAtMs }: Pick<Key, 'status' | 'expiresAtMs'>,
  nowMs: number,
): NotLetIn | undefined {
  if (status !== 'active') return status === 'revoked' ? 'key_revoked' : 'key_suspended'
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? 'key_expired' : undefined
}

async function holderOf(parts: AuthenticateParts, key: Key): Promise<Judged> {
  const { directory } = parts
  const { tenant, policy } = await askStore(parts, async () => ({
    tenant: await directory.findTenant(key.tenantId),
    policy: await directory.findPolicy(key.policyId),
  }))
  if (!tenant || !policy) {
    throw new Failure('store_unavailable', `key ${key.id} has no ${tenant ? 'policy' : 'tenant'}`)
  }
  if (tenant.status !== 'active') return { refused: 'tenant_suspended', key }
  return { caller: { kind: 'tenant', key, tenant, policy } }
}
