import type { ChangeableList } from '../../config/changed-entries.ts'
import { entryTypes } from '../../config/declarations.ts'
import { z } from '../../config/zod.ts'
import { digits, entryId, moment, unlinked } from '../schemas.ts'

/** Nothing that can be declared nests deeper. */
const depthMax = 12

/** An entry of any list. */
export const plainEntry = z
  .record(z.string(), z.unknown())
  .refine(isPlain, `nests deeper than ${depthMax} levels or has a number that is not finite`)

/** One entry of each list, as short as may be. */
const examples = {
  policies: { id: 'outbound', regions: ['US', 'CA'], homeRegion: 'US' },
  tenants: { id: 'acme', name: 'Acme', limits: { callsPerSecondMax: 5, concurrentMax: 20 } },
  carriers: { id: 'primary', gateways: [{ id: 'primary-a', host: '203.0.113.10' }] },
  numbers: { tenant: 'acme', number: '+12125550150' },
  trunks: {
    id: 'pbx',
    tenant: 'acme',
    policy: 'inbound',
    targets: [{ id: 'pbx-1', host: 'pbx1.example.com' }],
  },
  rateDecks: { id: 'usual', file: 'rates.csv' },
  prefixLists: { id: 'premium', file: 'premium.csv' },
  suppressionLists: { id: 'do-not-call', file: 'do-not-call.csv' },
  refusals: { reason: 'daily_limit_exceeded', phrase: 'Come back tomorrow' },
} as const satisfies Readonly<Record<ChangeableList, object>>

/** An entry in the words of the file: described as the file is, and judged as it is, not here. */
export function entryOf(list: ChangeableList) {
  const { $schema: _, ...described } = z.toJSONSchema(entryTypes[list], {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.description) jsonSchema.description = unlinked(jsonSchema.description)
    },
  })
  return plainEntry.meta({
    ...described,
    examples: [examples[list]],
    description: 'Written as in the file of settings (docs/configuration.md).',
  })
}

const entryName = z.string().describe('What it is called in its list.')
const listName = z.string().describe('The list, such as `tenants`, as the file names it.')

/** An entry in a list. */
export function listedEntry(list: ChangeableList) {
  return z.strictObject({
    id: entryName,
    etag: z.string().describe('To change the entry, send this as `If-Match`.'),
    changedAt: moment
      .nullable()
      .describe('When it was last changed at run time. Null: it is as in the file.'),
    entry: entryOf(list),
  })
}

/** What a change has done to one entry. */
const changedEntry = z.strictObject({
  list: listName,
  id: entryName,
  change: z.enum(['added', 'changed', 'removed']).describe('What became of the entry.'),
})

const entriesChanged = 'Every entry that it has changed.'

/** A change that is remembered. */
export const revision = z.strictObject({
  revision: z.int().describe('The number of the change, counted from 1.'),
  at: moment.describe('When it was made.'),
  by: z.string().describe('Who made it, such as `operator key` and the id of the key.'),
  changes: z.array(changedEntry).describe(entriesChanged),
})

const entryOrNull = z.record(z.string(), z.unknown()).nullable()

/** What a change does to one entry: how it was and how it is. */
export const difference = z.strictObject({
  list: listName,
  id: entryName,
  before: entryOrNull.describe('The entry before. Null: it was not there.'),
  after: entryOrNull.describe('The entry since. Null: it was removed.'),
})

/** A change that is remembered, with how each of its entries was and is. */
export const wholeRevision = revision.extend({
  changes: z.array(difference).describe(entriesChanged),
})

/** What rolling back has made. */
export const rolledBack = z.strictObject({
  revision: z.int().describe('The newest change.'),
  changes: z.array(changedEntry).describe(entriesChanged),
})

/** Which change. */
export const oneRevision = z.strictObject({
  revision: digits(1, Number.MAX_SAFE_INTEGER).describe('The number of the change.'),
})

/** One list of what is declared, as the API names it. */
export interface ListRow {
  readonly list: ChangeableList
  /** Behind `/v1/`. */
  readonly path: string
  readonly one: string
  readonly param: string
  readonly id: z.ZodString
}

const e164 = '\\+[1-9]\\d{1,14}'
const numberOrRange = z
  .string()
  .regex(new RegExp(`^${e164}(?:-${e164})?$`))
  .describe('Number or range, `+12125550100` or `+12125550100-+12125550199`.')
const reason = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/)
  .describe('Reason of a refusal.')

/** Every list that changes at run time. */
// biome-ignore format: one list a line
export const listRows: readonly ListRow[] = [
  { list: 'policies', path: 'policies', one: 'policy', param: 'policyId', id: entryId },
  { list: 'tenants', path: 'tenants', one: 'tenant', param: 'tenantId', id: entryId },
  { list: 'carriers', path: 'carriers', one: 'carrier', param: 'carrierId', id: entryId },
  { list: 'numbers', path: 'numbers', one: 'number or range', param: 'number', id: numberOrRange },
  { list: 'trunks', path: 'trunks', one: 'trunk', param: 'trunkId', id: entryId },
  { list: 'rateDecks', path: 'rate-decks', one: 'rate deck', param: 'rateDeckId', id: entryId },
  { list: 'prefixLists', path: 'prefix-lists', one: 'prefix list', param: 'prefixListId', id: entryId },
  { list: 'suppressionLists', path: 'suppression-lists', one: 'suppression list', param: 'suppressionListId', id: entryId },
  { list: 'refusals', path: 'refusals', one: 'answer to refused calls', param: 'reason', id: reason },
]

function isPlain(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth < depthMax && level.length > 0; depth++) {
    if (level.some((one) => typeof one === 'number' && !Number.isFinite(one))) return false
    level = level.flatMap((one) => (typeof one === 'object' && one ? Object.values(one) : []))
  }
  return level.length === 0
}
