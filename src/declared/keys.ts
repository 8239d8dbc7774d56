import { entryTypes } from '../config/declarations.ts'
import { Problems } from '../config/problem.ts'
import type { Tree } from '../config/tree.ts'
import type { Key, KeyId } from '../domain/key.ts'
import type { PolicyId } from '../domain/policy.ts'
import type { TenantId } from '../domain/tenant.ts'
import { changedText, keysTopic } from '../store/key-book.ts'
import { textOfKey } from '../store/key-text.ts'
import type { Board, KeyChange, NoteEdit } from '../store/port.ts'
import type { EntryProblem } from './declared.ts'
import { entryText, shortHash } from './whole.ts'

/** Stands where a key that is known here is written without its hash. */
const noHash = `sha256:${'0'.repeat(64)}`

/** A key as a file for `apply` has it: without what it is proved with. */
export function keyEntry(key: Key): Tree {
  const { id, tenantId, policyId, mode, status, expiresAtMs, allowedSources } = key
  const certificates = key.certificates ?? []
  return {
    id,
    tenant: tenantId,
    policy: policyId,
    mode,
    status,
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    allowedSources: [...allowedSources],
    ...(certificates.length === 0 ? {} : { certificates: [...certificates] }),
  }
}

/** Another one whenever the entry is another. */
export function keyVersion(key: Key): string {
  return `k${shortHash(entryText(keyEntry(key)) ?? '')}`
}

/** How a key's entry is to be changed, or why it cannot be. */
export type KeyEdit =
  | { readonly ok: true; readonly entry: Tree; readonly note: NoteEdit; readonly key: Key }
  | { readonly ok: false; readonly problems: readonly EntryProblem[] }

/** What makes of a key, if there is one, what is wanted; undefined: nobody's any more, so revoked. */
export function keyEdit(
  id: string,
  { current, wanted, board }: { current: Key | undefined; wanted: Tree | undefined; board: Board },
): KeyEdit {
  const given = wanted ?? (current && { ...keyEntry(current), status: 'revoked' }) ?? { id }
  const key = keyFrom(given, current)
  const problems = 'found' in key ? key.found : faultsOf(key, current)
  if ('found' in key || problems.length > 0) {
    return { ok: false, problems: problems.map((each) => ({ list: 'keys', id, ...each })) }
  }
  const seen = board.get(keysTopic, id)
  const text = current ? changedText(seen, changeFrom(key)) : textOfKey(key)
  const note = { topic: keysTopic, id, text, seen: { text: seen } }
  return { ok: true, entry: keyEntry(key), note, key }
}

type Fault = Omit<EntryProblem, 'list' | 'id'>

function keyFrom(given: Tree, current: Key | undefined): Key | { readonly found: Fault[] } {
  if (!current && given.secretHash === undefined) {
    const reason = given.generate
      ? 'can only be made at the start of a gate, by its own file'
      : 'is not known here: it needs secretHash, or `tollgate keys mint` makes it'
    return { found: [{ path: `keys[${given.id}]`, reason }] }
  }
  const parsed = entryTypes.keys.safeParse(current ? { ...given, secretHash: noHash } : given)
  if (!parsed.success) {
    const problems = new Problems()
    problems.addIssues([`keys[${given.id}]`], given, parsed.error)
    return { found: [...problems.all] }
  }
  const { tenant, policy, expiresAt, secretHash = noHash, digest, ...terms } = parsed.data
  const { mode, status, allowedSources, certificates } = terms
  return {
    id: terms.id as KeyId,
    tenantId: tenant as TenantId,
    policyId: policy as PolicyId,
    mode,
    status,
    allowedSources,
    certificates,
    expiresAtMs: expiresAt,
    secretHash: current?.secretHash ?? Buffer.from(secretHash.slice('sha256:'.length), 'hex'),
    digest:
      current?.digest ?? (digest === undefined ? undefined : Buffer.from(digest, 'base64url')),
  }
}

/** What never changes in a key. */
function faultsOf(key: Key, current: Key | undefined): Fault[] {
  const path = `keys[${key.id}]`
  if (!current) return []
  return [
    ...(key.tenantId === current.tenantId
      ? []
      : [{ path: `${path}.tenant`, reason: 'never changes' }]),
    ...(key.mode === current.mode ? [] : [{ path: `${path}.mode`, reason: 'never changes' }]),
    ...(current.status === 'revoked' && key.status !== 'revoked'
      ? [{ path: `${path}.status`, reason: 'is revoked for good' }]
      : []),
  ]
}

function changeFrom(key: Key): KeyChange {
  const { policyId, status, expiresAtMs, allowedSources, certificates } = key
  return { policyId, status, expiresAtMs, allowedSources, certificates: certificates ?? [] }
}
