import type { Declared, Placed } from './declarations.ts'
import type { Problems } from './problem.ts'
import { isTree, type Tree, treesOf } from './tree.ts'

// Works on the file as it stands, entries with faults of their own included, so that mending one
// fault never brings up the next.

/** What each list calls one of its entries, for a sentence. */
const nouns = {
  tenants: 'tenant',
  policies: 'policy',
  keys: 'key',
  operators: 'operator',
  carriers: 'carrier',
  trunks: 'trunk',
  rateDecks: 'rate deck',
  prefixLists: 'prefix list',
  suppressionLists: 'suppression list',
} as const

type Named = keyof typeof nouns

const references = [
  { list: 'keys', field: 'tenant', target: 'tenants' },
  { list: 'keys', field: 'policy', target: 'policies' },
  { list: 'numbers', field: 'tenant', target: 'tenants' },
  { list: 'trunks', field: 'tenant', target: 'tenants' },
  { list: 'trunks', field: 'policy', target: 'policies' },
  { list: 'tenants', field: 'rateDeck', target: 'rateDecks' },
  { list: 'carriers', field: 'rateDeck', target: 'rateDecks' },
  { list: 'suppressionLists', field: 'tenant', target: 'tenants' },
] as const

/** Finds references to what is not there. */
export function checkReferences(tree: Tree, problems: Problems): void {
  for (const { list, field, target } of references) {
    const known = new Set(treesOf(tree[target]).map(({ entry }) => entry.id))
    for (const { index, entry } of treesOf(tree[list])) {
      const id = entry[field]
      if (typeof id !== 'string' || known.has(id)) continue
      problems.add(`${list}[${index}].${field}`, `no ${nouns[target]} is called ${quoted(id)}`)
    }
  }
}

/** Finds policies that name prefix lists that are not there. */
export function checkPrefixLists(tree: Tree, problems: Problems): void {
  const known = new Set(treesOf(tree.prefixLists).map(({ entry }) => entry.id))
  for (const { index, entry } of treesOf(tree.policies)) {
    const prefixes = isTree(entry.prefixes) ? entry.prefixes.lists : []
    const lists: readonly unknown[] = Array.isArray(prefixes) ? prefixes : []
    lists.forEach((id, at) => {
      if (typeof id !== 'string' || known.has(id)) return
      const path = `policies[${index}].prefixes.lists[${at}]`
      problems.add(path, `no prefix list is called ${quoted(id)}`)
    })
  }
}

/** Finds ids given twice, gateways and targets included: events and logs name them by id alone. */
export function checkDuplicates(tree: Tree, problems: Problems): void {
  for (const list of Object.keys(nouns) as Named[]) {
    const ids = treesOf(tree[list]).map(({ index, entry }) => ({
      path: `${list}[${index}].id`,
      id: entry.id,
    }))
    checkUnique(ids, problems)
  }
  const gateways = [
    ...innerIds(tree, 'carriers', 'gateways'),
    ...innerIds(tree, 'trunks', 'targets'),
  ]
  checkUnique(gateways, problems)
  checkOperators(tree, problems)
}

/** One key is never a tenant's on SIP and the operator's on HTTP. */
function checkOperators(tree: Tree, problems: Problems): void {
  const ofTenants = new Set(treesOf(tree.keys).map(({ entry }) => entry.id))
  for (const { index, entry } of treesOf(tree.operators)) {
    if (ofTenants.has(entry.id)) problems.add(`operators[${index}].id`, 'is the key of a tenant')
  }
}

function innerIds(tree: Tree, list: string, field: string) {
  return treesOf(tree[list]).flatMap(({ index, entry: outer }) =>
    treesOf(outer[field]).map(({ index: at, entry }) => ({
      path: `${list}[${index}].${field}[${at}].id`,
      id: entry.id,
    })),
  )
}

function checkUnique(ids: readonly { path: string; id: unknown }[], problems: Problems): void {
  const first = new Map<string, string>()
  for (const { path, id } of ids) {
    if (typeof id !== 'string') continue
    const earlier = first.get(id)
    if (earlier) problems.add(path, `${quoted(id)} is already taken by ${earlier}`)
    else first.set(id, path)
  }
}

/** Finds certificates given twice: one stands for one key, and tells one carrier. */
export function checkCertificates(
  { keys, carriers }: Pick<Declared, 'keys' | 'carriers'>,
  problems: Problems,
): void {
  const ofKeys = keys.flatMap(({ index, entry }) =>
    entry.certificates.map((id, at) => ({ path: `keys[${index}].certificates[${at}]`, id })),
  )
  const ofCarriers = carriers.flatMap(({ index, entry }) =>
    (entry.inbound?.certificates ?? []).map((id, at) => ({
      path: `carriers[${index}].inbound.certificates[${at}]`,
      id,
    })),
  )
  checkUnique(ofKeys, problems)
  checkUnique(ofCarriers, problems)
}

/** Finds numbers given twice: a caller ID has one owner, or its attestation would mean nothing. */
export function checkNumbers(numbers: Declared['numbers'], problems: Problems): void {
  // E.164 numbers of the same length sort as text just as they do as figures.
  const spans = numbers.map(spanOf).sort((a, b) => compare(a.from, b.from))
  let last: Span | undefined
  for (const span of spans) {
    const overlaps = last?.from.length === span.from.length && span.from <= last.to
    if (last && overlaps) problems.add(span.path, `overlaps ${last.path}`)
    if (!last || !overlaps || span.to > last.to) last = span
  }
}

interface Span {
  readonly path: string
  readonly from: string
  readonly to: string
}

function spanOf({ index, entry }: Placed<Declared['numbers'][number]['entry']>): Span {
  const from = entry.number ?? entry.from ?? ''
  return { path: `numbers[${index}]`, from, to: entry.number ?? entry.to ?? '' }
}

function compare(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
