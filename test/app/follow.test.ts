import { expect, test } from 'vitest'
import { type FollowParts, openCatalogue } from '../../src/app/follow.ts'
import { oneAfterTheOther } from '../../src/app/reload.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { EntryEdit } from '../../src/declared/declared.ts'
import type { Alert } from '../../src/domain/alert.ts'
import type { PolicyId } from '../../src/domain/policy.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { declaredBy, file, settingsFrom } from '../declared/support.ts'

/** A gate's parts that follow what is declared, and all that they were told. */
async function following() {
  const world = await declaredBy()
  const { store, clock } = world
  const catalogue = openCatalogue({ clock, logger: silentLogger }, settingsFrom(file), store)
  const told = { events: [] as AuditEvent[], alerts: [] as Alert[], ended: [] as unknown[] }
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
    inTurn: oneAfterTheOther(),
  }
  const follower = catalogue.follow(parts)
  const change = async (...edits: EntryEdit[]) => {
    expect(await catalogue.declared.change(edits, 'me')).toMatchObject({ outcome: 'changed' })
    await follower.again().catch(() => undefined)
  }
  const end = async () => {
    await follower[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  }
  return { ...world, catalogue, told, read, change, follower, [Symbol.asyncDispose]: end }
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
  const deck = { id: 'deck', file: 'nowhere.csv' }
  await gate.change(
    { list: 'rateDecks', id: 'deck', entry: deck },
    { list: 'policies', id: 'fr', entry: policy },
  )
  expect(await store.directory.findPolicy('fr' as PolicyId)).toBeUndefined()
  expect(told.alerts[0]).toMatchObject({ kind: 'declaration_unusable', figures: { revision: 1 } })
  expect(told.events).toEqual([])
  await expect(gate.follower.again()).rejects.toThrow('not there')
  read.fails = false
  await gate.follower.again()
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
