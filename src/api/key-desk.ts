import type { AuditLog } from '../audit/event.ts'
import { keyDeclared } from '../config/declaration-texts.ts'
import type { Key, KeyId } from '../domain/key.ts'
import type { Policy } from '../domain/policy.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Random } from '../kernel/random.ts'
import { describeKey, type KeyDescription } from '../keys/describe-key.ts'
import type { DigestAuth } from '../keys/digest.ts'
import { type MintedKey, mintKey } from '../keys/format.ts'
import { rotateKey } from '../keys/rotate.ts'
import type { KeyChange, Store } from '../store/port.ts'
import { type Caller, maySee } from './caller.ts'
import { etagOf } from './etag.ts'

export interface KeyDeskParts {
  readonly store: Pick<Store, 'keys' | 'directory'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly random: Random
  /** Undefined: keys get no digest password. */
  readonly digest: DigestAuth | undefined
}

/** Everything of a fresh key but what proves it. */
export type KeyTerms = Omit<Key, 'id' | 'secretHash' | 'digest' | 'previous'>

/** Where keys are made and changed by HTTP; each change is on record. */
export class KeyDesk {
  readonly #parts: KeyDeskParts

  constructor(parts: KeyDeskParts) {
    this.#parts = parts
  }

  /** The key, where it is the caller's to see. */
  async find(caller: Caller, id: KeyId): Promise<Key | undefined> {
    const key = await this.#parts.store.directory.findKey(id)
    return key && maySee(caller, key.tenantId) ? key : undefined
  }

  /** Every key that is the caller's to see. */
  async all(caller: Caller): Promise<readonly Key[]> {
    const keys = await this.#parts.store.keys.allKeys()
    return keys.filter(({ tenantId }) => maySee(caller, tenantId))
  }

  /**
   * Whether the caller may hand out what the key can do: of its own tenant, nothing its own key may not,
   * and with a test key no live one.
   */
  async mayHandOut(caller: Caller, key: Pick<Key, 'mode' | 'policyId'>): Promise<boolean> {
    if (caller.kind === 'operator') return true
    const policy = await this.#parts.store.directory.findPolicy(key.policyId)
    const isAbove = key.mode === 'live' && caller.key.mode === 'test'
    return !isAbove && policy !== undefined && hasNoMoreScopes(policy, caller.policy)
  }

  /** Whether a tenant has the policy already: an operator has given it to one of its keys. */
  async hasPolicy(caller: Caller, policyId: string): Promise<boolean> {
    if (caller.kind === 'operator') return true
    return (await this.all(caller)).some((key) => key.policyId === policyId)
  }

  async add(terms: KeyTerms): Promise<{ readonly key: Key; readonly minted: MintedKey }> {
    const { random, digest, store } = this.#parts
    const minted = mintKey(random, terms.mode)
    const { id, secretHash, text } = minted
    const key: Key = { id, secretHash, digest: digest?.seal(id, text.reveal()), ...terms }
    if (!(await store.keys.addKey(key))) {
      throw new Failure('store_unavailable', 'the key could not be added')
    }
    await this.#record(undefined, key)
    return { key, minted }
  }

  /** Changes the key, however it is by now. */
  async change({ id }: Key, change: KeyChange): Promise<Key> {
    let before: Key | undefined
    const changed = await this.#parts.store.keys.changeKey(id, (now) => {
      before = now
      return change
    })
    if (!changed) throw new Failure('store_unavailable', 'the key could not be changed')
    await this.#record(before, changed)
    return changed
  }

  /** Changes the key as it was found; undefined, and nothing is changed, where it has changed since. */
  async changeAsFound(found: Key, change: KeyChange): Promise<Key | undefined> {
    const state = keyEtag(found)
    const changed = await this.#parts.store.keys.changeKey(found.id, (now) => {
      return keyEtag(now) === state ? change : undefined
    })
    if (changed) await this.#record(found, changed)
    return changed
  }

  /** Gives the key as it was found a fresh secret; undefined where it has changed since. */
  async rotate(
    found: Key,
    overlapMs: number,
  ): Promise<{ key: Key; minted: MintedKey } | undefined> {
    const { random, digest, clock } = this.#parts
    const { minted, change } = rotateKey(found, { random, digest, nowMs: clock.now(), overlapMs })
    const key = await this.changeAsFound(found, change)
    return key && { key, minted }
  }

  async describe(key: Key): Promise<KeyDescription> {
    const lastUsedAtMs = await this.#parts.store.keys.lastUsedAtMs(key.id)
    return describeKey(key, { nowMs: this.#parts.clock.now(), lastUsedAtMs })
  }

  async #record(before: Key | undefined, after: Key): Promise<void> {
    const { text, networks } = keyDeclared(after)
    await this.#parts.audit.append({
      type: 'config.changed',
      subject: 'key',
      id: after.id,
      tenantId: after.tenantId,
      before: before && keyDeclared(before).text,
      after: text,
      networks,
    })
  }
}

/** Names the state of a key: another secret is another state, another use is none. */
export function keyEtag(key: Key): string {
  const { lastUsedAt: _, ...state } = describeKey(key, { nowMs: 0, lastUsedAtMs: undefined })
  return etagOf({ ...state, secret: etagOf(key.secretHash.toString('hex')) })
}

function hasNoMoreScopes(policy: Policy, own: Policy): boolean {
  return policy.scopes.every((scope) => own.scopes.includes(scope))
}
