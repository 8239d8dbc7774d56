import { describe, expect, test } from 'vitest'
import type { Key, KeyId } from '../../src/domain/key.ts'
import type { PolicyId } from '../../src/domain/policy.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import type { Store } from '../../src/store/port.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** What two nodes of one store share. */
export type SharedParts = Pick<Store, 'keys' | 'board'>

export interface OpenedNodes extends AsyncDisposable {
  readonly one: Pick<Store, 'keys' | 'board' | 'directory'>
  readonly other: SharedParts
  /** Starts the first node anew. */
  restart(): Promise<Pick<Store, 'keys' | 'board' | 'directory'>>
}

/** Two nodes of one store without any history, with these keys declared at both. */
export type OpenNodes = (clock: FakeClock, declared: readonly Key[]) => Promise<OpenedNodes>

const key: Key = {
  id: 'k1' as KeyId,
  tenantId: 't1' as TenantId,
  policyId: 'p1' as PolicyId,
  mode: 'live',
  secretHash: Buffer.from('aa'.repeat(32), 'hex'),
  status: 'active',
  expiresAtMs: 4_000_000_000_000,
  allowedSources: ['192.0.2.0/24'],
}
const k1 = key.id
const k2 = 'k2' as KeyId

/** What a node holds has reached another within a second of the clock. */
export async function withinASecond(
  clock: FakeClock,
  holds: () => Promise<boolean>,
): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    if (await holds()) return
    await clock.advanceAsync(250)
    for (let waits = 0; waits < 200 && !(await holds()); waits++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (waits > 20 && tries < 3) break
    }
  }
  expect(await holds()).toBe(true)
}

/** What every adapter's keys and notes keep to. */
export function sharedContract(adapter: string, open: OpenNodes): void {
  describe(`keys and notes of ${adapter}`, () => {
    test('a change of a key is in force where it was made at once, and elsewhere within a second', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [key])
      const { one, other } = nodes
      const heard: (readonly [KeyId, Key['status']])[] = []
      using _watch = other.keys.watchKeys(({ id, status }) => heard.push([id, status]))
      expect(await one.keys.changeKey(k1, { status: 'suspended' })).toEqual({
        ...key,
        status: 'suspended',
      })
      expect(await one.directory.findKey(k1)).toMatchObject({ status: 'suspended' })
      await withinASecond(clock, async () => heard.length > 0)
      expect(heard).toEqual([[k1, 'suspended']])
      expect(await other.keys.allKeys()).toMatchObject([{ id: k1, status: 'suspended' }])
    })

    test('two nodes that change one key change it one after the other', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [key])
      const { one, other } = nodes
      await Promise.all([
        one.keys.changeKey(k1, { expiresAtMs: undefined }),
        other.keys.changeKey(k1, { status: 'suspended' }),
        one.keys.changeKey(k1, { certificates: ['aa'] }),
      ])
      const changed = { ...key, expiresAtMs: undefined, status: 'suspended', certificates: ['aa'] }
      await withinASecond(clock, async () => (await one.directory.findKey(k1))?.status !== 'active')
      expect(await one.directory.findKey(k1)).toEqual(changed)
    })

    test('of two changes that want a key as it was found, one is made', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [key])
      const change = (certificate: string) => (now: Key) => {
        return now.certificates === undefined ? { certificates: [certificate] } : undefined
      }
      const made = await Promise.all([
        nodes.one.keys.changeKey(k1, change('aa')),
        nodes.other.keys.changeKey(k1, change('bb')),
        nodes.one.keys.changeKey(k1, change('cc')),
      ])
      const winners = made.filter((each) => each !== undefined)
      expect(winners).toHaveLength(1)
      const known = async () => (await nodes.other.keys.allKeys())[0]
      await withinASecond(clock, async () => (await known())?.certificates !== undefined)
      expect(await known()).toEqual(winners[0])
      expect(await nodes.other.keys.changeKey(k1, change('dd'))).toBeUndefined()
    })

    test('what was changed outlives a restart and outranks what is declared', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [key])
      const secretHash = Buffer.from('bb'.repeat(32), 'hex')
      const previous = { secretHash: key.secretHash, validUntilMs: 5 }
      await nodes.one.keys.changeKey(k1, { secretHash, previous })
      expect(await nodes.one.keys.addKey({ ...key, id: k2 })).toBe(true)
      const one = await nodes.restart()
      expect(await one.directory.findKey(k1)).toEqual({ ...key, secretHash, previous })
      expect(await one.directory.findKey(k2)).toEqual({ ...key, id: k2 })
    })

    test('a key is added once', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [key])
      const added = { ...key, id: k2 }
      const twice = await Promise.all([nodes.one, nodes.other].map((n) => n.keys.addKey(added)))
      expect(twice.sort()).toEqual([false, true])
      expect(await nodes.one.keys.addKey(key)).toBe(false)
      expect(
        await nodes.one.keys.changeKey('nobody' as KeyId, { status: 'revoked' }),
      ).toBeUndefined()
    })

    test('a revoked key stays revoked, wherever it was revoked', async () => {
      const clock = new FakeClock()
      const k3 = { ...key, id: 'k3' as KeyId, status: 'revoked' } as const
      await using nodes = await open(clock, [key, k3])
      const { keys } = nodes.one
      await keys.changeKey(k1, { status: 'revoked' })
      expect(await keys.changeKey(k1, { status: 'active' })).toMatchObject({ status: 'revoked' })
      expect(await keys.changeKey(k3.id, { status: 'active' })).toMatchObject({ status: 'revoked' })
    })

    test('when a key was last used is known, and outlives the node', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [key])
      expect(await nodes.one.keys.lastUsedAtMs(k1)).toBeUndefined()
      nodes.one.keys.noteUse(k1, 1000)
      nodes.one.keys.noteUse(k1, 2000)
      expect(await nodes.one.keys.lastUsedAtMs(k1)).toBe(2000)
      const one = await nodes.restart()
      expect(await one.keys.lastUsedAtMs(k1)).toBe(2000)
      one.keys.noteUse(k1, 1500)
      await clock.advanceAsync(10_000)
      await withinASecond(clock, async () => (await nodes.other.keys.lastUsedAtMs(k1)) === 2000)
    })

    test('notes of each topic are held by every node, and one taken down is gone', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [])
      const { one, other } = nodes
      const append = (text: string) => (current: string | undefined) => (current ?? '') + text
      await Promise.all([
        one.board.post('breaker', 'k1', append('a')),
        other.board.post('breaker', 'k1', append('b')),
        one.board.post('ban', 'k1', append('c')),
      ])
      const sorted = () => [...(one.board.get('breaker', 'k1') ?? '')].sort().join('')
      await withinASecond(clock, async () => sorted() === 'ab')
      await withinASecond(clock, async () => other.board.get('ban', 'k1') === 'c')
      expect([...other.board.notes('ban')]).toEqual([['k1', 'c']])
      await other.board.post('ban', 'k1', () => undefined)
      await withinASecond(clock, async () => one.board.get('ban', 'k1') === undefined)
      expect(one.board.notes('ban').size).toBe(0)
    })

    test('a note that is too long, or has no plain name, is not put up', async () => {
      await using nodes = await open(new FakeClock(), [])
      const { board } = nodes.one
      await expect(board.post('ban', 'k1', () => 'x'.repeat(65_537))).rejects.toThrow('too long')
      await expect(board.post('ban', 'a b', () => 'x')).rejects.toThrow('plain')
      expect(board.get('ban', 'k1')).toBeUndefined()
    })
  })
}
