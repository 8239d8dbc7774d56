import { expect, test } from 'vitest'
import { AnswerCache, defaultAnswerLimits } from '../../../src/engine/locate/answer-cache.ts'
import type { Answer, Asked } from '../../../src/engine/locate/lookup.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const limits = { ...defaultAnswerLimits, namesMax: 2, questionsMax: 2 }

function open() {
  const clock = new FakeClock()
  const cache = new AnswerCache<string>(clock, limits)
  const asked: { name: string; done: Asked<string> }[] = []
  const get = (name: string) => cache.get(name, (done) => asked.push({ name, done }))
  return {
    clock,
    cache,
    asked,
    get,
    /** Asks and has the question answered, if it was asked. */
    learn: async (name: string, answer: Answer<string> | undefined) => {
      const before = asked.length
      const got = get(name)
      asked[before]?.done(answer)
      return { records: await got, wasAsked: asked.length > before }
    },
  }
}

const two = (ttlMs?: number) => ({ records: ['192.0.2.1', '192.0.2.2'], ttlMs })

test.each([
  ['its TTL', 30_000, 30_000],
  ['a second where the TTL is 0', 0, 1_000],
  ['an hour where the TTL is a week', 604_800_000, 3_600_000],
  ['a minute where it has no TTL', undefined, 60_000],
])('an answer is kept for %s', async (_what, ttlMs, keptMs) => {
  const { clock, learn } = open()
  await learn('example.com', two(ttlMs))
  clock.advance(keptMs - 1)
  expect((await learn('example.com', two())).wasAsked).toBe(false)
  clock.advance(1)
  expect((await learn('example.com', two())).wasAsked).toBe(true)
})

test('that a name has no records is kept shortly', async () => {
  const { clock, learn } = open()
  expect((await learn('example.com', { records: [] })).records).toEqual([])
  clock.advance(limits.noneMs - 1)
  expect((await learn('example.com', two())).wasAsked).toBe(false)
  clock.advance(1)
  expect((await learn('example.com', two())).records).toHaveLength(2)
})

test('when nobody answers any more, the old records serve on, and no longer than an hour', async () => {
  const { clock, learn } = open()
  await learn('example.com', two(1_000))
  clock.advance(1_000)
  expect((await learn('example.com', undefined)).records).toHaveLength(2)
  expect((await learn('example.com', undefined)).wasAsked).toBe(false)
  clock.advance(limits.staleMs)
  expect((await learn('example.com', undefined)).records).toBeUndefined()
})

test('a question is asked once however many wait for it', async () => {
  const { asked, get } = open()
  const waiting = [get('example.com'), get('example.com'), get('example.com')]
  expect(asked).toHaveLength(1)
  asked[0]?.done(two())
  for (const got of await Promise.all(waiting)) expect(got).toHaveLength(2)
})

test('a question that is not answered in time counts as failed, and a late answer is not taken', async () => {
  const { clock, asked, get } = open()
  const got = get('example.com')
  await clock.advanceAsync(limits.questionMs)
  expect(await got).toBeUndefined()
  asked[0]?.done(two())
  expect(await get('example.com')).toBeUndefined()
  expect(clock.pendingCount).toBe(0)
})

test('names and questions are bounded: the oldest name makes room, a question too many has no answer', async () => {
  const { cache, asked, get, learn } = open()
  for (const name of ['one', 'two', 'three']) await learn(name, two())
  expect(cache.size).toBe(2)
  expect((await learn('one', two())).wasAsked).toBe(true)
  void get('four')
  void get('five')
  expect(await get('six')).toBeUndefined()
  expect(asked.map(({ name }) => name)).not.toContain('six')
})

test('where too many questions are open, the old records of a name that was asked before serve on', async () => {
  const { clock, asked, get, learn } = open()
  await learn('carrier', two(1_000))
  clock.advance(1_000)
  void get('four')
  void get('five')
  expect(await get('carrier')).toHaveLength(2)
  expect(asked.map(({ name }) => name)).toEqual(['carrier', 'four', 'five'])
})
