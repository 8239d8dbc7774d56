import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDeclared } from '../../src/records/declared.ts'
import { batchEntries } from '../../src/records/indexer.ts'
import { answeredCall, contentOf, recordsOffice, refusedCall } from './support.ts'

const [ours, theirs] = ['+12125550100', '+12125550199']

test('an index that is made anew is the one that was kept, however the log grew', async () => {
  using office = recordsOffice()
  const kept = office.indexer()
  const step = fc.constantFrom('answered', 'refused', 'started', 'look')
  let other = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      for (const each of steps) {
        if (each === 'answered') office.write(answeredCall(ours, theirs))
        if (each === 'refused') office.write(refusedCall(ours, theirs))
        if (each === 'started') office.write([{ type: 'gate.started', version: '1', engine: 'e' }])
        if (each === 'look') await kept.catchUp()
      }
      await kept.catchUp()
      const anew = office.indexer(join(office.dir, `other-${other++}.sqlite`))
      await anew.catchUp()
      expect(contentOf(anew)).toEqual(contentOf(kept))
      expect(contentOf(kept).progress).toMatchObject([{ next: office.log.length }])
    }),
    { numRuns: 15 },
  )
  const before = contentOf(kept)
  await kept.rebuild()
  expect(contentOf(kept)).toEqual(before)
})

test('a lost, damaged or foreign index is noticed and made anew', async () => {
  using office = recordsOffice()
  office.write([...answeredCall(ours, theirs), ...refusedCall(ours, theirs)])
  const first = office.indexer()
  await first.catchUp()
  const whole = contentOf(first)
  first[Symbol.dispose]()

  writeFileSync(office.path, Buffer.alloc(8192, 'x'))
  const damaged = office.indexer()
  await damaged.catchUp()
  expect([office.anew, contentOf(damaged)]).toEqual([['damaged'], whole])

  rmSync(office.path)
  await damaged.catchUp()
  expect(contentOf(damaged)).toEqual(whole)
  damaged[Symbol.dispose]()

  office.log.length = 0
  office.write(refusedCall(theirs, ours))
  const foreign = office.indexer()
  await foreign.catchUp()
  expect(office.anew).toEqual(['damaged', 'of another log'])
  expect(contentOf(foreign).call).toHaveLength(1)
})

test('an index of an older program is made anew, and what was declared stays known', async () => {
  using office = recordsOffice()
  const change = { type: 'config.changed', subject: 'key', id: 'k1', after: '{}' } as const
  office.write([change, ...answeredCall(ours, theirs)])
  const first = office.indexer()
  await first.catchUp()
  const whole = contentOf(first)
  first.file?.database.exec('DROP INDEX call_by_source; ALTER TABLE call DROP COLUMN source_hash')
  first.file?.database.exec('PRAGMA user_version = 1')
  first[Symbol.dispose]()
  expect([...readDeclared(office.path).keys()]).toHaveLength(1)
  const second = office.indexer()
  await second.catchUp()
  expect(contentOf(second)).toEqual(whole)
  expect(office.anew).toEqual(['of an older version'])
  await office.indexer().catchUp()
  expect(office.anew).toHaveLength(1)
})

test('an index that is missing beside a long log is told to be made anew, one of a young log is not', async () => {
  using office = recordsOffice()
  const change = { type: 'config.changed', subject: 'key', id: 'k1', after: '{}' } as const
  office.write([change])
  await office.indexer().catchUp()
  for (const tail of ['', '-wal', '-shm']) rmSync(`${office.path}${tail}`, { force: true })
  expect(office.anew).toEqual([])
  const [entry] = office.log
  if (!entry) throw new Error('it was written')
  for (let index = 1; index < batchEntries + 5; index++) office.log.push({ ...entry, index })
  const anew = office.indexer()
  expect(await anew.catchUp()).toBe(batchEntries + 5)
  expect(office.anew).toEqual(['not there'])
  await anew.rebuild()
  expect(office.anew).toHaveLength(1)
})

test('two that keep one index up at once take every entry once', async () => {
  using office = recordsOffice()
  const both = [office.indexer(), office.indexer()]
  for (let round = 0; round < 5; round++) {
    for (let call = 0; call < 150; call++) office.write(answeredCall(ours, theirs))
    await Promise.all(both.map((each) => each.catchUp()))
  }
  for (const each of both) await each.catchUp()
  const anew = office.indexer(join(office.dir, 'other.sqlite'))
  await anew.catchUp()
  expect(contentOf(both[0] as never)).toEqual(contentOf(anew))
}, 20_000)

test('killed at any moment, an index goes on where it stands and has every entry once', async () => {
  using office = recordsOffice()
  for (let call = 0; call < 3_100; call++) office.write(answeredCall(ours, theirs))
  const logPath = join(office.dir, 'log.json')
  writeFileSync(logPath, JSON.stringify(office.log.map(({ leaf }) => leaf.toString())))
  const program = join(import.meta.dirname, 'index-until-killed.ts')
  for (const afterBatches of [0, 1, 1]) {
    const child = fork(program, [office.dir, logPath, String(afterBatches)], { stdio: 'ignore' })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
  }
  const goesOn = office.indexer()
  expect(await goesOn.catchUp()).toBeGreaterThan(0)
  const anew = office.indexer(join(office.dir, 'other.sqlite'))
  await anew.catchUp()
  expect(contentOf(goesOn)).toEqual(contentOf(anew))
  expect(office.anew.filter((why) => why !== 'not there')).toEqual([])
}, 30_000)
