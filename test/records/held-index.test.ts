import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holdIndex } from '../../src/records/held-index.ts'
import { contentOf, recordsOffice, refusedCall } from './support.ts'

const ours = '+12125550100'
const theirs = '+14155550123'

test('an index that a gate keeps is not begun anew by who has another log', async () => {
  using gate = recordsOffice()
  using other = recordsOffice()
  using _held = holdIndex(gate.path)
  gate.write(refusedCall(ours, theirs))
  other.write([...refusedCall(theirs, ours), ...refusedCall(theirs, ours)])
  const keeping = gate.indexer()
  await keeping.catchUp()
  const whole = contentOf(keeping)
  const foreign = other.indexer(gate.path)
  const refused = { code: 'config_invalid', message: expect.stringContaining('audit.indexPath') }
  await expect(foreign.catchUp()).rejects.toMatchObject(refused)
  await expect(foreign.rebuild()).rejects.toMatchObject(refused)
  expect(contentOf(keeping)).toEqual(whole)
  expect([...gate.anew, ...other.anew]).toEqual([])
})

test('an index that a gate keeps is added to and made anew beside it by who has the same log', async () => {
  using office = recordsOffice()
  using _held = holdIndex(office.path)
  office.write(refusedCall(ours, theirs))
  await office.indexer().catchUp()
  office.write(refusedCall(theirs, ours))
  const beside = office.indexer()
  await beside.catchUp()
  await beside.rebuild()
  expect(contentOf(beside).call).toHaveLength(2)
  expect(office.anew).toEqual([])
})

test('a log that comes between the entries of another is found out before its own are taken', async () => {
  using office = recordsOffice()
  using other = recordsOffice()
  office.write(refusedCall(ours, theirs))
  const keeping = office.indexer()
  await keeping.catchUp()
  await keeping.catchUp()
  for (let nth = 0; nth < 3; nth++) other.write(refusedCall(theirs, ours))
  await other.indexer(office.path).catchUp()
  for (let nth = 0; nth < 4; nth++) office.write(refusedCall(ours, theirs))
  await keeping.catchUp()
  const anew = office.indexer(join(office.dir, 'anew.sqlite'))
  await anew.catchUp()
  expect(contentOf(keeping)).toEqual(contentOf(anew))
  expect([office.anew, other.anew]).toEqual([['of another log'], ['of another log']])
})

test('two logs that begin one index anew by turns never mix in it', async () => {
  using office = recordsOffice()
  using other = recordsOffice()
  office.write(refusedCall(ours, theirs))
  for (let nth = 0; nth < 3; nth++) other.write(refusedCall(theirs, ours))
  const keeping = office.indexer()
  const foreign = other.indexer(office.path)
  for (const each of [keeping, foreign, keeping, foreign]) await each.catchUp()
  const anew = other.indexer(join(other.dir, 'anew.sqlite'))
  await anew.catchUp()
  expect(contentOf(foreign)).toEqual(contentOf(anew))
})

test('an index is held once, whatever it is called, and again when it was let go', () => {
  using office = recordsOffice()
  const alias = join(office.dir, 'alias')
  symlinkSync(office.dir, alias)
  {
    using _held = holdIndex(office.path)
    expect(() => holdIndex(join(alias, 'index.sqlite'))).toThrow('a running gate uses it')
  }
  holdIndex(office.path)[Symbol.dispose]()
})
