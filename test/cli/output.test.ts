import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { exitCodes, OutputGone } from '../../src/cli/command.ts'
import { Output } from '../../src/cli/output.ts'

const fault = (code: string) => Object.assign(new Error(`${code}: refused`), { code })

/** Takes so many writes; `isLate`: the rest fails after a while only. */
function streamOf(writes: number, code: string, isLate = false): Writable {
  let left = writes
  return new Writable({
    highWaterMark: 1,
    write: (_part, _encoding, done) => {
      const result = left-- > 0 ? null : fault(code)
      if (isLate) setImmediate(done, result)
      else done(result)
    },
  })
}

test('the line that nobody takes is the last one', () => {
  const output = new Output(streamOf(1, 'EPIPE'))
  output.out('taken')
  expect(() => output.out('not taken')).toThrow(OutputGone)
  expect(() => output.out('after it')).toThrow(OutputGone)
})

test('what fails only later is known when it is waited for', async () => {
  const output = new Output(streamOf(0, 'ENOSPC', true))
  output.out('a')
  await expect(output.drained()).rejects.toMatchObject({
    message: 'standard output cannot be written: ENOSPC: refused',
    code: exitCodes.unknown,
  })
})

test('a reader that has gone away is no failure, and whoever goes on without one hears nothing of it', async () => {
  const stream = streamOf(0, 'EPIPE')
  const output = new Output(stream)
  expect(() => output.out('a')).toThrow(expect.objectContaining({ code: exitCodes.ok }))
  output.detach()
  output.out('b')
  await output.drained()
})
