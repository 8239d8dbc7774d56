import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { inTransaction, openDatabaseFile, sqliteCodes } from '../../src/kernel/database-file.ts'
import { temporaryDirectory } from '../audit/support.ts'

function database() {
  const opened = new DatabaseSync(':memory:')
  opened.exec('CREATE TABLE held (id INTEGER PRIMARY KEY)')
  const held = () =>
    opened
      .prepare('SELECT id FROM held')
      .all()
      .map(({ id }) => id)
  return { opened, held }
}

test('a step is written whole, and gives what it came to', () => {
  const { opened, held } = database()
  const result = inTransaction(opened, () => {
    opened.exec('INSERT INTO held VALUES (1), (2)')
    return 'done'
  })
  expect(result).toBe('done')
  expect(held()).toEqual([1, 2])
})

test('of a step that fails nothing stays, and the next one is written', () => {
  const { opened, held } = database()
  const fails = () => {
    opened.exec('INSERT INTO held VALUES (1)')
    throw new Error('in its midst')
  }
  expect(() => inTransaction(opened, fails)).toThrow('in its midst')
  inTransaction(opened, () => opened.exec('INSERT INTO held VALUES (3)'))
  expect(held()).toEqual([3])
})

test('a step that SQLite itself has undone fails with its reason', () => {
  const { opened, held } = database()
  const undone = () => {
    opened.exec('INSERT INTO held VALUES (1)')
    opened.exec('INSERT OR ROLLBACK INTO held VALUES (1)')
  }
  expect(() => inTransaction(opened, undone)).toThrow('UNIQUE constraint failed')
  expect(held()).toEqual([])
})

test.each([
  ['is waited for', { busyTimes: 3, busyTimeoutMs: 60_000 }, 'open'],
  ['is not waited for longer than told', { busyTimes: 3, busyTimeoutMs: 0 }, 'is busy'],
])('whoever makes the file or leaves it at this moment %s', (_, times, outcome) => {
  using dir = temporaryDirectory()
  let left = times.busyTimes
  const inspect = () => {
    if (left-- > 0) throw Object.assign(new Error('is busy'), { errcode: sqliteCodes.busy })
  }
  const open = () => {
    using opened = openDatabaseFile(join(dir.path, 'file.sqlite'), {
      schema: { version: 0, setUp: '', inspect },
      busyTimeoutMs: times.busyTimeoutMs,
      failure: 'store_unavailable',
      makePlace: () => undefined,
    })
    return opened.isOpen ? 'open' : 'closed'
  }
  if (outcome === 'open') expect(open()).toBe('open')
  else expect(open).toThrow(outcome)
})
