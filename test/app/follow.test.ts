import { expect, test } from 'vitest'
import { type FollowParts, openCatalogue } from '../../src/app/follow.ts'
import { oneAfterTheOther, reload } from '../../src/app/reload.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { EntryEdit } from '../../src/declared/declared.ts'
import { openDeclared } from '../../src/declared/declared.ts'
import type { Alert } from '../../src/domain/alert.ts'
import type { KeyId } from '../../src/domain/key.ts'
import type { PolicyId } from '../../src/domain/policy.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { type Logger, silentLogger } from '../../src/kernel/logger.ts'
import { openEntries } from '../../src/store/entries.ts'
import { declaredBy, file, keyId, settingsFrom } from '../declared/support.ts'

/** A gate's parts that follow what is declared, and all that they were told. */
async function following() {
  const world = await declaredBy()
  const { store, clock } = world
  const told = { events: [] as AuditEvent[], alerts: [] as Alert[], ended: [] as unknown[] }
  const warned: object[] = []
  const logger: Logger = Object.create(silentLogger, {
    warn: { value: (figures: object) => void warned.push(figures) },
  })
  const catalogue = openCatalogue({ clock, logger }, settingsFrom(file), store)
  const read = { lists: 0, fails: false }
  const parts: FollowParts = {
    store,
    audit: { append: async (event) => void told.events.push(event) },
    alerts: { raise: (alert) => void told.alerts.push(alert) },
    registry: { hangUp: (why, of) => told.ended.push([why, of]) },
    identity: { read: async () => ({}) as never, use: () => undefined },
    readRules: async () => {
      read.lists += 1
      if (read.fails) throw new Error('the file is not there')
      return {} as never
    },
    judgeBy: () => undefined,
    retain: () => undefined,
    inTurn: oneAfterTheOther(),
  }
  const follower = catalogue.follow(parts)
  /** Has the file say something else, as SIGHUP does. */
  const again = (tree: object = file) =>
    parts.inTurn(async () => {
      await reload({
        ...parts,
        useTls: undefined,
        api: undefined,
        next: catalogue.next,
        readFile: () => settingsFrom(tree),
        goBy: (next, fresh) => catalogue.goBy(next, fresh, parts),
        readTls: () => undefined,
        verifying: { readTrust: () => undefined, useTrust: () => undefined },
      })
    })
  const change = async (...edits: EntryEdit[]) => {
    expect(await catalogue.declared.change(edits, 'me')).toMatchObject({ outcome: 'changed' })
    await parts.inTurn(async () => undefined)
  }
  const end = async () => {
    await follower[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  }
  return {
    ...world,
    catalogue,
    told,
    parts,
    warned,
    read,
    change,
    again,
    [Symbol.asyncDispose]: end,
  }
}

const policy = { id: 'fr', regions: ['FR'], homeRegion: 'FR' }

test('a gate goes by what is changed, and writes down what was and is', async () => {
  await using gate = await following()
  const { store, catalogue, told, read } = gate
  const gateways = [{ id: 'g2', host: '192.0.2.2' }]
  await gate.change(
    { list: 'policies', id: 'fr', entry: policy },
    { list: 'carriers', id: 'c1', entry: { id: 'c1', gateways } },
    { list: 'numbers', id: '+12125550101', entry: { tenant: 'other', number: '+12125550101' } },
    { list: 'refusals', id: 'key_revoked', entry: { reason: 'key_revoked', phrase: 'Gone' } },
  )
  expect(await store.directory.findPolicy('fr' as PolicyId)).toMatchObject({ regions: ['FR'] })
  expect((await store.directory.carriers()).map((one) => one.gateways[0]?.host)).toEqual([
    '192.0.2.2',
  ])
  expect(await store.directory.findOwner('+12125550101')).toMatchObject({ id: 'other' })
  expect(catalogue.directory.carriers[0]?.gateways[0]?.id).toBe('g2')
  expect(catalogue.refusals.key_revoked.phrase).toBe('Gone')
  const subjects = told.events.map((event) => event.type === 'config.changed' && event.subject)
  expect(subjects.sort()).toEqual(['carrier', 'policy', 'refusals', 'tenant'])
  expect([told.ended, told.alerts, read.lists]).toEqual([
    [['tenant_suspended', { tenantId: 'other' }]],
    [],
    0,
  ])
})

test('the calls of a tenant that is suspended or gone end, and no others', async () => {
  await using gate = await following()
  await gate.change({ list: 'tenants', id: 'other', entry: undefined })
  await gate.change({ list: 'tenants', id: 'acme', entry: { id: 'acme', status: 'suspended' } })
  const ended = gate.told.ended.map((each) => JSON.stringify(each))
  expect(new Set(ended)).toEqual(
    new Set(
      ['other', 'acme'].map((tenantId) => JSON.stringify(['tenant_suspended', { tenantId }])),
    ),
  )
  expect(await gate.store.directory.findTenant('other' as TenantId)).toBeUndefined()
})

test('what a gate cannot use leaves it as it was, is told of, and is used once it can be', async () => {
  await using gate = await following()
  const { read, told, store } = gate
  read.fails = true
  const deck = { id: 'deck', file: 'config/demo/rates.csv' }
  await gate.change(
    { list: 'rateDecks', id: 'deck', entry: deck },
    { list: 'policies', id: 'fr', entry: policy },
  )
  expect(await store.directory.findPolicy('fr' as PolicyId)).toBeUndefined()
  expect(told.alerts[0]).toMatchObject({ kind: 'declaration_unusable', figures: { revision: 1 } })
  expect(told.events).toEqual([])
  await expect(gate.again()).rejects.toThrow('not there')
  read.fails = false
  await gate.again()
  expect(await store.directory.findPolicy('fr' as PolicyId)).toMatchObject({ id: 'fr' })
})

test('a gate that starts goes by what was changed before', async () => {
  await using gate = await following()
  await gate.change({ list: 'policies', id: 'fr', entry: policy })
  const { clock, store } = gate
  const later = openCatalogue({ clock, logger: silentLogger }, settingsFrom(file), store)
  expect(later.directory.policies.map(({ id }) => id)).toEqual(['us', 'fr'])
  expect((await store.directory.findPolicy('fr' as PolicyId))?.regions).toEqual(['FR'])
})

interface Taken {
  readonly list: string
  readonly id: string
  readonly entry: object
}

/** Has a version that judges less strictly have taken these. */
async function takenByAnother(
  { store, clock }: Pick<Awaited<ReturnType<typeof following>>, 'store' | 'clock'>,
  taken: readonly Taken[],
): Promise<void> {
  await openEntries(store.board).commit({
    seenRevision: 0,
    by: 'an older version',
    atMs: clock.now(),
    besides: [],
    changes: taken.map(({ list, id, entry }) => ({
      list,
      id,
      before: undefined,
      after: canonicalJson(entry),
      kept: 'text' as const,
    })),
  })
}

test('a gate starts with what a less strict version has taken, refuses by it, and says so until it is mended', async () => {
  await using gate = await following()
  const { clock, store, catalogue, told, parts } = gate
  const budget = { currency: 'USD', perDayMicros: 1_000_000 }
  const number = '+12125550199'
  await takenByAnother(gate, [
    { list: 'tenants', id: 'acme', entry: { id: 'acme', limits: { budget } } },
    { list: 'policies', id: 'us', entry: { ...policy, id: 'us', homeRegion: 'FR', later: 1 } },
    { list: 'numbers', id: number, entry: { tenant: 'other', number, later: 1 } },
    { list: 'tenants', id: 'late', entry: { id: 'late' } },
  ])
  await gate.change({ list: 'policies', id: 'fr', entry: policy })
  const acme = 'acme' as TenantId
  await store.tenants.setTenantStatus(acme, 'active')
  const warned: { why?: readonly string[] }[] = []
  const logger: Logger = Object.create(silentLogger, {
    warn: { value: (figures: object) => void warned.push(figures) },
  })
  const later = openCatalogue({ clock, logger }, settingsFrom(file), store)
  expect(warned).toEqual([
    {
      count: 3,
      why: [
        'tenants[acme].limits.budget: needs rateDeck: with no price known every call is refused',
        'policies[us].later: no such setting',
        'numbers[+12125550199].later: no such setting',
      ],
    },
  ])
  await later.follow(parts)[Symbol.asyncDispose]()
  expect(told.alerts.map(({ kind }) => kind)).toEqual(['declaration_unusable'])
  expect((await store.directory.findTenant(acme))?.status).toBe('suspended')
  expect((await store.directory.findTenant('late' as TenantId))?.status).toBe('active')
  expect((await store.directory.findPolicy('us' as PolicyId))?.scopes).toEqual([])
  expect((await store.directory.findOwner(number))?.id).toBeUndefined()
  // Others can be changed meanwhile, and the entry itself to what holds.
  const edit = (id: string, entry: object) => ({ list: 'tenants', id, entry: { id, ...entry } })
  const bad = await catalogue.declared.change(
    [edit('acme', { limits: { budget } }) as EntryEdit],
    'me',
  )
  expect(bad.outcome).toBe('unchanged')
  const worse = edit('acme', { limits: { budget: { ...budget, perDayMicros: 2 } } })
  expect((await catalogue.declared.change([worse as EntryEdit], 'me')).outcome).toBe('invalid')
  await gate.change(edit('late', { name: 'Late' }) as EntryEdit, edit('acme', {}) as EntryEdit)
  expect((await store.directory.findTenant(acme))?.status).toBe('active')
  expect(later.declared.held().map(({ id }) => id)).toEqual(['us', '+12125550199'])
})

test('without a list of numbers that may not be called no gate starts', async () => {
  await using gate = await following()
  const { clock, store } = gate
  const entry = { id: 'dnc', file: 'dnc.csv', later: 1 }
  await takenByAnother(gate, [{ list: 'suppressionLists', id: 'dnc', entry }])
  const start = () => openCatalogue({ clock, logger: silentLogger }, settingsFrom(file), store)
  expect(start).toThrow('suppressionLists[dnc].later: no such setting')
})

const fresh = '2222222222222222'

/** The file with what is in the place of its lists. */
function fileWith(lists: Partial<Record<keyof typeof file, readonly object[]>>) {
  return { ...file, ...lists }
}

test('a file that is read again counts as a whole from the next question on, keys too', async () => {
  await using gate = await following()
  const { store, told, catalogue } = gate
  const [key] = file.keys
  const changedKeys: string[] = []
  using _watching = store.keys.watchKeys(
    ({ id, status }) => void changedKeys.push(`${id} ${status}`),
  )
  await gate.again(
    fileWith({
      policies: [{ id: 'us', regions: ['FR'], homeRegion: 'US' }],
      numbers: [{ tenant: 'acme', number: '+12125550199' }],
      keys: [{ ...key, id: fresh }],
    }),
  )
  expect(await store.directory.findPolicy('us' as PolicyId)).toMatchObject({ regions: ['FR'] })
  expect(await store.directory.findOwner('+12125550100')).toBeUndefined()
  expect(await store.directory.findOwner('+12125550199')).toMatchObject({ id: 'acme' })
  expect(await store.directory.findKey(keyId as KeyId)).toBeUndefined()
  expect(await store.directory.findKey(fresh as KeyId)).toMatchObject({ status: 'active' })
  expect(changedKeys.sort()).toEqual([`${keyId} revoked`, `${fresh} active`].sort())
  const subjects = told.events.map((event) => event.type === 'config.changed' && event.subject)
  expect(subjects.sort()).toEqual(['key', 'key', 'policy', 'tenant'])
  expect(catalogue.declared.find('policies', 'us')?.entry.regions).toEqual(['FR'])
})

test('what was changed at run time outranks the file that is read again', async () => {
  await using gate = await following()
  await gate.change({ list: 'policies', id: 'us', entry: { ...policy, id: 'us' } })
  await gate.again(fileWith({ policies: [{ id: 'us', regions: ['DE'], homeRegion: 'US' }] }))
  expect(await gate.store.directory.findPolicy('us' as PolicyId)).toMatchObject({ regions: ['FR'] })
})

test('a file that contradicts what was changed at run time is not taken, and both sides are named', async () => {
  await using gate = await following()
  const { store, catalogue } = gate
  const number = '+12125550101'
  await gate.change(
    { list: 'tenants', id: 'late', entry: { id: 'late' } },
    { list: 'numbers', id: number, entry: { tenant: 'other', number } },
  )
  const without = fileWith({ tenants: [{ id: 'acme' }] })
  const why = await gate.again(without).catch((error: Error) => error.message)
  expect(why).toContain(`numbers[${number}].tenant: no tenant is called "other"`)
  expect(why).toContain(`numbers/${number}: changed at run time, revision 1`)
  expect(why).not.toContain('tenants/late')
  expect(why).toContain(`tollgate revisions drop numbers/${number}`)
  expect(await store.directory.findTenant('other' as TenantId)).toBeDefined()
  // What the message says mends it, at a start as well.
  const later = openDeclared({ settings: settingsFrom(without), store, clock: gate.clock })
  expect(() => later.settings()).toThrow('contradict each other')
  expect(await later.drop([`numbers/${number}`], 'me')).toMatchObject({ outcome: 'changed' })
  expect(later.settings().directory.tenants.map(({ id }) => id)).toEqual(['acme', 'late'])
  expect(catalogue.declared.find('numbers', number)).toBeUndefined()
})

test('a key that a file leaves without its tenant or policy is named in the log until it has them again', async () => {
  await using gate = await following()
  const { store, warned } = gate
  const [declared] = await store.keys.allKeys()
  const late = { ...declared, id: 'late', tenantId: 'other' }
  await store.keys.addKey(late as Parameters<typeof store.keys.addKey>[0])
  const named = () => warned.filter((figures) => 'why' in figures)
  await gate.again(fileWith({ tenants: [{ id: 'acme' }] }))
  expect(named()).toEqual([{ count: 1, why: ['keys[late].tenant: no tenant is called "other"'] }])
  await gate.again()
  expect(named()).toHaveLength(1)
})

test('a key that is to be made for one run alone is not made by reading the file again', async () => {
  await using gate = await following()
  const made = { id: 'pbx', tenant: 'acme', policy: 'us', generate: true }
  const keys = [...file.keys, { ...made, allowedSources: ['192.0.2.0/24'] }]
  await expect(gate.again(fileWith({ keys }))).rejects.toThrow('keys[pbx].generate')
  expect(gate.told.events).toEqual([])
})

test('a file that is empty while it is written anew takes nothing from a gate that runs', async () => {
  await using gate = await following()
  await expect(gate.again({})).rejects.toThrow('no longer declares anything')
  expect(await gate.store.directory.findTenant('acme' as TenantId)).toBeDefined()
  expect([gate.told.events, gate.told.ended]).toEqual([[], []])
})
