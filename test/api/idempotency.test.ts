import { expect, test } from 'vitest'
import { Idempotency, rememberedMs, runningMs } from '../../src/api/idempotency.ts'
import { FakeClock } from '../support/fake-clock.ts'

function setUp() {
  const clock = new FakeClock()
  const notes = new Map<string, string>()
  const board = {
    post: async (
      _topic: string,
      id: string,
      change: (now: string | undefined) => string | undefined,
    ) => {
      const text = change(notes.get(id))
      if (text === undefined) notes.delete(id)
      else notes.set(id, text)
      return text
    },
  }
  return { clock, notes, idempotency: new Idempotency(board, clock) }
}

const attempt = (idempotencyKey: string, request: unknown = {}) => {
  return { keyId: 'k1', idempotencyKey, request }
}
const answer = { status: 201, body: { id: 'a', key: 'secret' }, secrets: ['key'] }

test('of two requests of one name at once one runs, and the other is told so', async () => {
  const { idempotency } = setUp()
  const both = [idempotency.begin(attempt('a')), idempotency.begin(attempt('a'))]
  expect(await Promise.all(both)).toEqual(['first', 'running'])
})

test('a request whose gate has died may be made anew a minute later', async () => {
  const { clock, idempotency } = setUp()
  await idempotency.begin(attempt('a'))
  clock.advance(runningMs - 1)
  expect(await idempotency.begin(attempt('a'))).toBe('running')
  clock.advance(1)
  expect(await idempotency.begin(attempt('a'))).toBe('first')
})

test('an answer is remembered for a day without its secrets, for the same request alone', async () => {
  const { clock, notes, idempotency } = setUp()
  await idempotency.begin(attempt('a', { b: 1, a: 2 }))
  await idempotency.end(attempt('a', { b: 1, a: 2 }), answer)
  expect([...notes.values()].join()).not.toContain('secret')
  expect(await idempotency.begin(attempt('a', { a: 2, b: 1 }))).toMatchObject({
    status: 201,
    body: { id: 'a', key: null },
  })
  expect(await idempotency.begin(attempt('a', { a: 3 }))).toBe('mismatch')
  clock.advance(rememberedMs)
  expect(await idempotency.begin(attempt('a', { a: 3 }))).toBe('first')
})

test('one key has so many answers remembered and no more', async () => {
  const { notes, idempotency } = setUp()
  for (let at = 0; at < 2_000; at++) {
    await idempotency.begin(attempt(`name-${at}`))
    await idempotency.end(attempt(`name-${at}`), { status: 201, body: 'x'.repeat(1_900) })
  }
  expect(notes.size).toBeLessThanOrEqual(32)
  for (const text of notes.values()) expect(text.length).toBeLessThan(65_536)
  expect(await idempotency.begin(attempt('name-1999'))).toMatchObject({ status: 201 })
  expect(await idempotency.begin(attempt('name-0'))).toBe('first')
})

test('of an answer that is too long to be kept its brief is shown again, or that it was too long', async () => {
  const { idempotency } = setUp()
  const body = 'x'.repeat(2_001)
  await idempotency.begin(attempt('a'))
  await idempotency.end(attempt('a'), { status: 200, body, brief: 'x' })
  expect(await idempotency.begin(attempt('a'))).toMatchObject({ body: 'x', isCut: false })
  await idempotency.begin(attempt('b'))
  await idempotency.end(attempt('b'), { status: 200, body })
  expect(await idempotency.begin(attempt('b'))).toMatchObject({ isCut: true })
})

test('what was begun or answered while the clock was years ahead stands in nobody’s way when it is right', async () => {
  const { clock, idempotency } = setUp()
  clock.setWallBy(10 * 365 * 86_400_000)
  await idempotency.begin(attempt('a'))
  await idempotency.end(attempt('b'), answer)
  clock.setWallBy(-10 * 365 * 86_400_000)
  expect(await idempotency.begin(attempt('a'))).toBe('first')
  expect(await idempotency.begin(attempt('b'))).toBe('first')
})
