import { expect, test } from 'vitest'
import { RecentSends } from '../../../src/engine/transport/recent-sends.ts'

function recorder() {
  const told: string[] = []
  const sends = new RecentSends(500)
  const add = (name: string, atMs: number) => sends.add(atMs, () => told.push(name))
  return { told, sends, add }
}

test('a refusal is told to the sends of the window, each once, in order', () => {
  const { told, sends, add } = recorder()
  add('old', 0)
  add('older', 149)
  add('edge', 150)
  add('new', 590)
  sends.fail(650, new Error('refused'))
  sends.fail(650, new Error('refused'))
  expect(told).toEqual(['edge', 'new'])
})

test('a send made while others are told of a refusal is not told of it', () => {
  const { told, sends, add } = recorder()
  sends.add(0, () => add('again', 0))
  sends.fail(0, new Error('refused'))
  expect(told).toEqual([])
  sends.fail(0, new Error('refused'))
  expect(told).toEqual(['again'])
})

test('of very many sends the latest are kept', () => {
  const { told, sends, add } = recorder()
  for (let count = 1; count <= 5_000; count++) add(`${count}`, 0)
  sends.fail(0, new Error('refused'))
  expect(told).toHaveLength(1_024)
  expect(told.at(-1)).toBe('5000')
})
