import { expect, test } from 'vitest'
import {
  callbackMs,
  callbacksMax,
  EmergencyCallbacks,
} from '../../src/admission/inbound/emergency-callbacks.ts'

/** A board that holds notes and nothing else. */
function boardOf(notes = new Map<string, string>()) {
  return {
    notes: () => notes,
    get: (_topic: string, id: string) => notes.get(id),
    post: async (_topic: string, id: string, change: (now?: string) => string | undefined) => {
      const note = change(notes.get(id))
      if (note === undefined) notes.delete(id)
      else notes.set(id, note)
      return note
    },
  }
}

test('a number that has called for help is called back for a day, and no other', async () => {
  const callbacks = new EmergencyCallbacks(boardOf())
  await callbacks.note('+12025550123', 1_000)
  expect(callbacks.isExpected('+12025550123', 1_000 + callbackMs - 1)).toBe(true)
  expect(callbacks.isExpected('+12025550123', 1_000 + callbackMs)).toBe(false)
  expect(callbacks.isExpected('+12025550124', 1_001)).toBe(false)
})

test('a call for help by a clock of years ahead opens no number for years', async () => {
  const callbacks = new EmergencyCallbacks(boardOf())
  await callbacks.note('+12025550123', 1_000 + 3_650 * callbackMs)
  expect(callbacks.isExpected('+12025550123', 1_000)).toBe(false)
  await callbacks.note('+12025550123', 1_000)
  expect(callbacks.isExpected('+12025550123', 1_001)).toBe(true)
})

test('whoever called for help by a clock that is hours ahead is called back at once all the same', async () => {
  const callbacks = new EmergencyCallbacks(boardOf())
  await callbacks.note('+12025550123', 1_000 + callbackMs / 2)
  await callbacks.note('+12025550124', 1_000)
  expect(callbacks.isExpected('+12025550123', 1_001)).toBe(true)
})

test('what is over is forgotten with the next call for help', async () => {
  const board = boardOf()
  const callbacks = new EmergencyCallbacks(board)
  await callbacks.note('+12025550123', 0)
  await callbacks.note('+12025550124', callbackMs)
  expect([...board.notes().keys()]).toEqual(['+12025550124'])
})

test('no more numbers are remembered than there is room for', async () => {
  const many = Array.from({ length: callbacksMax }, (_, at) => [`+1${at}`, '9'] as const)
  const callbacks = new EmergencyCallbacks(boardOf(new Map(many)))
  await callbacks.note('+12025550123', 0)
  expect(callbacks.isExpected('+12025550123', 1)).toBe(false)
})
