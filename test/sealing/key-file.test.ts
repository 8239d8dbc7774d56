import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { callFrom, january, masterKey, sealingOffice, throughLog } from './support.ts'

const id = { tenant: 'acme', month: '2026-01', kind: 'callee' } as const
const random = systemRandom()

test('a key is in the file before it is used: another process reads what was just sealed', () => {
  using office = sealingOffice()
  const stored = throughLog(office.seal(callFrom('+1', '+2'), january))
  expect(office.opener().open(stored, january).erased).toEqual([])
})

test('killed right after the first event of a month, a process has left its keys', () => {
  using office = sealingOffice()
  const program = join(import.meta.dirname, 'seal-and-die.ts')
  const { stdout, signal } = spawnSync(process.execPath, [program, office.path])
  expect(signal).toBe('SIGKILL')
  const stored = JSON.parse(stdout.toString())
  const { event, erased } = office.opener().open(stored, january)
  expect([event, erased]).toEqual([callFrom('+12125550100', '+12125550199'), []])
})

test('two processes that begin a month at once have one key', () => {
  using office = sealingOffice()
  const [one, two] = [office.open(), office.open()]
  one.ensure([id])
  two.ensure([id])
  expect(two.tree(id)).toEqual(one.tree(id))
})

test('the file is for its owner alone, and with a master key no key lies in it readable', () => {
  using office = sealingOffice()
  office.keys.ensure([id])
  const { seeds, indexKey } = office.keys.tree(id) ?? {}
  expect(statSync(office.path).mode & 0o777).toBe(0o600)
  for (const key of [seeds?.get(''), indexKey]) {
    expect(office.bytes().includes(key ?? Buffer.alloc(0))).toBe(false)
  }
})

test('keys that lie readable are sealed as soon as there is a master key, and none is left behind', () => {
  using office = sealingOffice(null as unknown as undefined)
  office.keys.ensure([id])
  const tree = office.keys.tree(id)
  const root = tree?.seeds.get('') ?? Buffer.alloc(0)
  expect(office.bytes().includes(root)).toBe(true)
  using sealed = new KeyFile({ path: office.path, masterKey, random })
  expect(sealed.tree(id)).toEqual(tree)
  expect(office.bytes().includes(root)).toBe(false)
})

test('a file that is sealed under another master key is refused, and so it is without one', () => {
  using office = sealingOffice()
  for (const other of [undefined, new MasterKey(Buffer.alloc(32, 8))]) {
    expect(() => new KeyFile({ path: office.path, masterKey: other, random })).toThrow(
      /is sealed under/,
    )
  }
})

test('a sealed key that is put where another belongs opens nothing', () => {
  using office = sealingOffice()
  const trees = [id, { ...id, tenant: 'other' }, { ...id, month: '2026-02' }] as const
  const others = [...trees, { ...id, kind: 'caller' } as const]
  office.keys.ensure(others)
  const database = new DatabaseSync(office.path)
  for (const { tenant, month, kind } of others.slice(1)) {
    const there = [tenant, month, kind]
    const here = [id.tenant, id.month, id.kind]
    const set =
      'UPDATE tree SET index_key=(SELECT index_key FROM tree WHERE tenant=? AND month=? AND kind=?)'
    database.prepare(`${set} WHERE tenant=? AND month=? AND kind=?`).run(...there, ...here)
    expect(() => office.open().tree(id), there.join()).toThrow()
  }
  database.close()
})
