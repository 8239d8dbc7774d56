import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvents } from '../../src/cli/gate/events.ts'

async function allOf(chunks: AsyncIterable<Buffer>) {
  const events = []
  for await (const event of readEvents(chunks)) events.push(event)
  return events
}

async function* chunksOf(bytes: Buffer, sizes: readonly number[]) {
  let from = 0
  for (const size of sizes) {
    yield bytes.subarray(from, from + size)
    from += size
  }
  yield bytes.subarray(from)
}

test('events are read the same however their bytes arrive', async () => {
  const text =
    'retry: 2000\n\nid: a-1\nevent: call.decided\ndata: {"caller":"Zoë: x"}\n\n:\n\ndata: two\r\n\r\n'
  const whole = [
    { id: 'a-1', event: 'call.decided', data: '{"caller":"Zoë: x"}' },
    { id: undefined, event: 'message', data: 'two' },
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20)), async (sizes) => {
      expect(await allOf(chunksOf(Buffer.from(text), sizes))).toEqual(whole)
    }),
  )
})

test('an event that never ends is not kept', async () => {
  async function* endless() {
    for (;;) yield Buffer.alloc(10_000, 'x')
  }
  await expect(allOf(endless())).rejects.toThrow('too long')
})
