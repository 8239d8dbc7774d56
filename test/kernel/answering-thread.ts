import { workerData } from 'node:worker_threads'
import { answerQuestions } from '../../src/kernel/asked-thread.ts'
import { Failure } from '../../src/kernel/failure.ts'

/** What `asked-thread.test.ts` asks its thread. */
export type TestQuestion =
  | { readonly kind: 'sum'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'fail' }
  | { readonly kind: 'throw' }
  | { readonly kind: 'die' }
  /** Says that it has come to this one, and waits until the other lets it go on. */
  | { readonly kind: 'wait'; readonly steps: Int32Array<SharedArrayBuffer> }

const { offset } = workerData as { readonly offset: number }

await answerQuestions((asked: TestQuestion): number => {
  if (asked.kind === 'sum') return asked.bytes.reduce((sum, byte) => sum + byte, offset)
  if (asked.kind === 'fail') throw new Failure('not_found', 'there is none')
  if (asked.kind === 'throw') throw new RangeError('it is out of range')
  if (asked.kind === 'die') process.exit(1)
  Atomics.store(asked.steps, 0, 1)
  Atomics.notify(asked.steps, 0)
  Atomics.wait(asked.steps, 1, 0)
  return 0
})
