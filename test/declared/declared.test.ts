import { expect, test } from 'vitest'
import type { EntryEdit } from '../../src/declared/declared.ts'
import type { KeyId } from '../../src/domain/key.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { openEntries } from '../../src/store/entries.ts'
import { declaredBy, file, hash, keyId, settingsFrom } from './support.ts'

const policy = { id: 'fr', regions: ['FR'], homeRegion: 'FR' }

function put(
  list: EntryEdit['list'],
  entry: Record<string, unknown>,
  expected?: string,
): EntryEdit {
  return { list, id: String(entry.id), entry, expected }
}

test('what was changed stands above the file, and what is as the file has it is not kept', async () => {
  await using world = await declaredBy()
  const { declared, store } = world
  const renamed = { id: 'acme', name: 'Acme' }
  expect(await declared.change([put('tenants', renamed), put('policies', policy)], 'me')).toEqual(
    expect.objectContaining({ outcome: 'changed', revision: 1 }),
  )
  expect(declared.settings().directory.tenants[0]).toMatchObject({ id: 'acme', name: 'Acme' })
  expect(declared.settings().directory.policies.map(({ id }) => id)).toEqual(['us', 'fr'])
  expect(declared.find('tenants', 'acme')).toMatchObject({ entry: renamed, version: 'r1' })
  const back = [put('tenants', { id: 'acme' }), { list: 'policies', id: 'fr', entry: undefined }]
  await declared.change(back as EntryEdit[], 'me')
  expect(openEntries(store.board).all()).toEqual([])
  expect(declared.find('tenants', 'acme')?.version).toMatch(/^f/)
})

test('the same again changes nothing', async () => {
  await using world = await declaredBy()
  const { declared } = world
  const edits = [put('policies', policy)]
  await declared.change(edits, 'me')
  expect(await declared.change(edits, 'me')).toEqual({ outcome: 'unchanged', revision: 1 })
})

test('what the file declares can be gone, and stays so', async () => {
  await using world = await declaredBy()
  const { declared } = world
  await declared.change([{ list: 'tenants', id: 'other', entry: undefined }], 'me')
  expect(declared.settings().directory.tenants.map(({ id }) => id)).toEqual(['acme'])
  expect(declared.find('tenants', 'other')).toBeUndefined()
})

test('a whole that would not hold together is refused whole, by field and reason', async () => {
  await using world = await declaredBy()
  const { declared } = world
  const refused = async (...edits: EntryEdit[]) => {
    const result = await declared.change([put('policies', policy), ...edits], 'me')
    return result.outcome === 'invalid' ? result.problems : result
  }
  expect(await refused(put('tenants', { id: 'acme', rateDeck: 'none' }))).toMatchObject([
    {
      list: 'tenants',
      id: 'acme',
      path: 'tenants[acme].rateDeck',
      reason: 'no rate deck is called "none"',
    },
  ])
  const nowhere = { id: 'x', regions: ['US'], homeRegion: 'nowhere' }
  expect(await refused(put('policies', nowhere))).toMatchObject([
    { list: 'policies', id: 'x', path: 'policies[x].homeRegion' },
  ])
  const range = { tenant: 'other', from: '+12125550100', to: '+12125550109' }
  const id = '+12125550100-+12125550109'
  expect(await refused({ list: 'numbers', id, entry: range })).toMatchObject([{ list: 'numbers' }])
  expect(await refused({ list: 'policies', id: 'us', entry: undefined })).toMatchObject([
    { path: `keys[${keyId}].policy`, list: 'keys' },
  ])
  expect(
    await refused({ list: 'policies', id: 'fr', entry: { ...policy, id: 'de' } }),
  ).toHaveLength(1)
  expect(openEntries(world.store.board).revision).toBe(0)
})

test('a key of the key book holds on to its policy as one of the file does', async () => {
  await using world = await declaredBy()
  const { declared, store } = world
  await declared.change([put('policies', policy)], 'me')
  const [key] = await declared.keys()
  if (!key) throw new Error('no key')
  await store.keys.addKey({ ...key, id: 'fedcba9876543210' as KeyId, policyId: 'fr' as never })
  const gone: EntryEdit = { list: 'policies', id: 'fr', entry: undefined }
  expect(await declared.change([gone], 'me')).toMatchObject({
    outcome: 'invalid',
    problems: [{ list: 'keys', id: 'fedcba9876543210', reason: 'no policy is called "fr"' }],
  })
  await store.keys.changeKey('fedcba9876543210' as KeyId, { status: 'revoked' })
  expect(await declared.change([gone], 'me')).toMatchObject({ outcome: 'changed' })
})

test('who goes by an old version is told of the conflict, and which entry it is', async () => {
  await using world = await declaredBy()
  const { declared } = world
  const version = declared.find('tenants', 'acme')?.version
  await declared.change([put('tenants', { id: 'acme', name: 'A' }, version)], 'me')
  const late = put('tenants', { id: 'acme', name: 'B' }, version)
  expect(await declared.change([put('policies', policy), late], 'you')).toEqual({
    outcome: 'conflict',
    list: 'tenants',
    id: 'acme',
  })
  expect(declared.find('policies', 'fr')).toBeUndefined()
  expect(await declared.change([put('tenants', { id: 'acme' }, 'absent')], 'you')).toMatchObject({
    outcome: 'conflict',
  })
})

test('of two changes at once to one entry one is made, and the other hears of it', async () => {
  await using world = await declaredBy()
  const { declared } = world
  const version = declared.find('tenants', 'acme')?.version
  const results = await Promise.all(
    ['A', 'B'].map((name) =>
      declared.change([put('tenants', { id: 'acme', name }, version)], name),
    ),
  )
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'conflict'])
})

test('a tenant suspended at run time is seen so, and resumed by no one who has not seen it', async () => {
  await using world = await declaredBy()
  const { declared, store } = world
  const version = declared.find('tenants', 'acme')?.version
  await store.tenants.setTenantStatus('acme' as TenantId, 'suspended')
  expect(declared.find('tenants', 'acme')?.entry).toEqual({ id: 'acme', status: 'suspended' })
  const renamed = { id: 'acme', name: 'A' }
  expect(await declared.change([put('tenants', renamed, version)], 'me')).toMatchObject({
    outcome: 'conflict',
  })
  const seen = declared.find('tenants', 'acme')?.version
  expect(await declared.change([put('tenants', renamed, seen)], 'me')).toMatchObject({
    outcome: 'changed',
  })
  store.redeclare(declared.settings().directory)
  expect(await store.directory.findTenant('acme' as TenantId)).toMatchObject({ status: 'active' })
})

test('keys change by id and without a secret; what is theirs for ever does not', async () => {
  await using world = await declaredBy()
  const { declared, store } = world
  const wanted = {
    id: keyId,
    tenant: 'acme',
    policy: 'us',
    status: 'suspended',
    allowedSources: [],
  }
  expect(await declared.change([put('keys', wanted)], 'me')).toMatchObject({ outcome: 'changed' })
  expect(await store.directory.findKey(keyId as KeyId)).toMatchObject({
    status: 'suspended',
    allowedSources: [],
    secretHash: Buffer.from('ab'.repeat(32), 'hex'),
  })
  const refused = async (entry: Record<string, unknown>) => {
    const result = await declared.change([put('keys', entry)], 'me')
    return result.outcome === 'invalid' ? result.problems.map(({ path }) => path) : result
  }
  const fresh = { ...wanted, id: 'fedcba9876543210' }
  expect(await refused({ ...wanted, tenant: 'other' })).toEqual([`keys[${keyId}].tenant`])
  expect(await refused({ ...wanted, policy: 'none' })).toEqual([`keys[${keyId}].policy`])
  expect(await refused(fresh)).toEqual(['keys[fedcba9876543210]'])
  expect(await declared.change([put('keys', { ...fresh, secretHash: hash })], 'me')).toMatchObject({
    outcome: 'changed',
  })
  await declared.change([{ list: 'keys', id: keyId, entry: undefined }], 'me')
  expect(await refused(wanted)).toEqual([`keys[${keyId}].status`])
})

test('a change is rolled back by a further one, unless something of it was changed since', async () => {
  await using world = await declaredBy()
  const { declared, clock } = world
  const suspended = { ...file.keys[0], status: 'suspended', secretHash: undefined }
  const { secretHash: _, ...key } = suspended
  await declared.change(
    [put('tenants', { id: 'acme', name: 'A' }), put('policies', policy), put('keys', key)],
    'me',
  )
  expect(declared.revisions()).toMatchObject([{ revision: 1, by: 'me', atMs: clock.now() }])
  expect(JSON.stringify(declared.revisions())).not.toContain('abab')
  expect(await declared.rollBack(1, 'you')).toMatchObject({ outcome: 'changed', revision: 2 })
  expect(declared.find('tenants', 'acme')?.entry).toEqual({ id: 'acme' })
  expect(declared.find('policies', 'fr')).toBeUndefined()
  expect((await declared.keys())[0]?.status).toBe('active')
  expect(await declared.rollBack(1, 'you')).toMatchObject({ outcome: 'conflict' })
  await expect(declared.rollBack(7, 'you')).rejects.toMatchObject({ code: 'not_found' })
})

test('a file that no longer fits what was changed says what does not', async () => {
  await using world = await declaredBy()
  await world.declared.change([put('policies', policy)], 'me')
  const text = { ...file, tenants: [], numbers: [], keys: [] }
  const result = settingsFrom(text).withChanges(
    new Map([['numbers/+12125550100', { tenant: 'acme', number: '+12125550100' }]]),
  )
  expect(result).toMatchObject({
    ok: false,
    problems: [{ path: 'numbers[+12125550100].tenant', reason: 'no tenant is called "acme"' }],
  })
})
