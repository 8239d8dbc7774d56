import { expect, onTestFinished, test } from 'vitest'
import { AskedThread } from '../../src/kernel/asked-thread.ts'
import { Failure } from '../../src/kernel/failure.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { soon } from '../support/soon.ts'
import type { TestQuestion } from './answering-thread.ts'

const unanswered = { code: 'store_unavailable', message: 'the thread does not answer' } as const
const bytesOf = (...bytes: number[]) => new Uint8Array(bytes)
const sumOf = (...bytes: number[]) => ({ kind: 'sum', bytes: bytesOf(...bytes) }) as const

function openThread(offset = 0) {
  const clock = new FakeClock()
  const thread = new AskedThread<TestQuestion, number>({
    entry: new URL('./answering-thread.ts', import.meta.url),
    settings: { offset },
    questionsMax: 4,
    times: { clock, answerTimeoutMs: 1000, endTimeoutMs: 500 },
    unanswered,
  })
  onTestFinished(() => thread[Symbol.asyncDispose]())
  return { clock, thread }
}

/** A question that holds the thread up, until it is let go on. */
function holdUp() {
  const steps = new Int32Array(new SharedArrayBuffer(8))
  const letGo = () => {
    Atomics.store(steps, 1, 1)
    Atomics.notify(steps, 1)
  }
  onTestFinished(letGo)
  const question = { kind: 'wait', steps } as const
  return { question, letGo, isHeld: () => soon(() => expect(steps[0]).toBe(1)) }
}

test('each question has its own answer', async () => {
  const { thread } = openThread(100)
  const all = await Promise.all([1, 2, 3].map((byte) => thread.ask(sumOf(byte))))
  expect(all).toEqual([101, 102, 103])
})

test('what is given away is the thread’s alone', async () => {
  const { thread } = openThread()
  const bytes = bytesOf(1, 2, 3)
  const answer = thread.ask({ kind: 'sum', bytes }, [bytes.buffer])
  expect(bytes.byteLength).toBe(0)
  expect(await answer).toBe(6)
})

test('what answering throws is thrown to whoever asked, a failure with its code', async () => {
  const { thread } = openThread()
  const failure = await thread.ask({ kind: 'fail' }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  expect(failure).toMatchObject({ code: 'not_found', message: 'there is none' })
  await expect(thread.ask({ kind: 'throw' })).rejects.toThrow(new RangeError('it is out of range'))
  expect(await thread.ask(sumOf(1))).toBe(1)
})

test('one question more than may be open fails at once, and those that are open are answered', async () => {
  const { thread } = openThread()
  const asked = Array.from({ length: 5 }, (_, byte) => thread.ask(sumOf(byte)))
  const all = await Promise.allSettled(asked)
  expect(all.map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), 'rejected'])
  await expect(asked[4]).rejects.toMatchObject({
    ...unanswered,
    cause: { message: 'too many ask' },
  })
})

test('a question that is not answered in time fails, and the next one is answered', async () => {
  const { clock, thread } = openThread()
  const { question, letGo, isHeld } = holdUp()
  const late = thread.ask(question)
  await isHeld()
  clock.advance(1000)
  await expect(late).rejects.toMatchObject(unanswered)
  const next = thread.ask(sumOf(7))
  letGo()
  expect(await next).toBe(7)
})

test('questions that nobody waits for any more count until they are answered', async () => {
  const { clock, thread } = openThread()
  const { question, letGo, isHeld } = holdUp()
  const late = [thread.ask(question), ...[1, 2, 3].map((byte) => thread.ask(sumOf(byte)))]
  const settled = Promise.allSettled(late)
  await isHeld()
  clock.advance(1000)
  expect((await settled).map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
  await expect(thread.ask(sumOf(7))).rejects.toMatchObject({ cause: { message: 'too many ask' } })
  letGo()
  await soon(async () => expect(await thread.ask(sumOf(7))).toBe(7))
})

test('a thread that dies fails all that wait for it, and whoever asks later', async () => {
  const { thread } = openThread()
  const all = await Promise.allSettled([thread.ask({ kind: 'die' }), thread.ask(sumOf(1))])
  expect(all).toMatchObject([{ reason: unanswered }, { reason: unanswered }])
  expect(thread.hasEnded).toBe(true)
  await expect(thread.ask(sumOf(1))).rejects.toMatchObject(unanswered)
})

test('a thread that cannot begin fails what it was asked with the reason', async () => {
  const thread = new AskedThread<TestQuestion, number>({
    entry: new URL('./no-such-thread.ts', import.meta.url),
    settings: undefined,
    questionsMax: 1,
    unanswered,
  })
  await expect(thread.ask(sumOf(1))).rejects.toMatchObject({
    ...unanswered,
    cause: { message: expect.stringContaining('no-such-thread') },
  })
})

test('a thread that is told to end answers first what it was asked', async () => {
  const { thread } = openThread()
  const answer = thread.ask(sumOf(5))
  const ended = thread[Symbol.asyncDispose]()
  await expect(thread.ask(sumOf(6))).rejects.toMatchObject(unanswered)
  await ended
  expect(await answer).toBe(5)
})

test('a thread that does not end in time is ended, and told to end twice it ends once', async () => {
  const { clock, thread } = openThread()
  const { question, isHeld } = holdUp()
  const waiting = expect(thread.ask(question)).rejects.toMatchObject(unanswered)
  await isHeld()
  const ended = Promise.all([thread[Symbol.asyncDispose](), thread[Symbol.asyncDispose]()])
  clock.advance(500)
  await ended
  await waiting
  await thread[Symbol.asyncDispose]()
})
