import { parentPort, Worker } from 'node:worker_threads'
import { type EndTime, endThread } from './end-thread.ts'
import { Failure, type FailureCode } from './failure.ts'

/** How a thread is started, and what may be asked of it. */
export interface AskedThreadOptions {
  /** The module that runs in it, and calls `answerQuestions`. */
  readonly entry: URL
  /** What that finds as its `workerData`. */
  readonly settings: unknown
  /** So many questions may be before the thread, also such as were given up; one more fails. */
  readonly questionsMax: number
  /** Without them it takes as long as it takes. */
  readonly times?: EndTime & { readonly answerTimeoutMs: number }
  /** What is heard by whoever gets no answer; its cause says why. */
  readonly unanswered: { readonly code: FailureCode; readonly message: string }
}

/** What the thread is sent. */
type ToThread<Asked> =
  | { readonly kind: 'question'; readonly id: number; readonly asked: Asked }
  | { readonly kind: 'end' }

/** What it sends; `failure`, since a failure loses its class and its code on the way, `thrown` for all else. */
type FromThread<Answered> = { readonly id: number } & (
  | { readonly kind: 'answer'; readonly answered: Answered }
  | { readonly kind: 'failure'; readonly code: FailureCode; readonly message: string }
  | { readonly kind: 'thrown'; readonly thrown: unknown }
)

/**
 * A thread that answers questions, one at a time and in their order. It keeps the process alive while one is
 * open, and at no other time.
 */
export class AskedThread<Asked, Answered> implements AsyncDisposable {
  readonly #options: AskedThreadOptions
  readonly #worker: Worker
  readonly #open = new Map<number, PromiseWithResolvers<Answered>>()
  /** What the thread was sent and has not answered, whether somebody still waits for it or not. */
  readonly #unanswered = new Set<number>()
  #lastId = 0
  #ended: Failure | undefined

  constructor(options: AskedThreadOptions) {
    this.#options = options
    this.#worker = new Worker(options.entry, { workerData: options.settings })
    this.#worker.on('message', (message: FromThread<Answered>) => this.#settle(message))
    this.#worker.on('error', (cause) => this.#end(cause))
    this.#worker.on('exit', () => this.#end(new Error('the thread has ended')))
    this.#worker.unref()
  }

  /** Whether it answers no more: it has died, or was told to end. */
  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /**
   * Gives the answer, or throws what answering threw. What is in `transfer` is the thread's from now on. A
   * question that is not answered in time fails, and those behind it wait on.
   */
  async ask(asked: Asked, transfer: ArrayBuffer[] = []): Promise<Answered> {
    const { questionsMax, times } = this.#options
    if (this.#ended) throw this.#ended
    if (this.#unanswered.size >= questionsMax) throw this.#failure(new Error('too many ask'))
    const id = ++this.#lastId
    const question = Promise.withResolvers<Answered>()
    this.#open.set(id, question)
    const timer = times?.clock.after(times.answerTimeoutMs, () =>
      question.reject(this.#failure(new Error('it takes too long'))),
    )
    try {
      this.#worker.ref()
      this.#send({ kind: 'question', id, asked }, transfer)
      this.#unanswered.add(id)
      return await question.promise
    } finally {
      timer?.cancel()
      this.#open.delete(id)
      if (this.#open.size === 0 && !this.#ended) this.#worker.unref()
    }
  }

  /** Ends it once it has answered all that it was asked, or by force when its time is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#failure(new Error('the thread was told to end'))
    this.#send({ kind: 'end' })
    await endThread(this.#worker, this.#options.times)
  }

  #send(message: ToThread<Asked>, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
  }

  #settle(message: FromThread<Answered>): void {
    this.#unanswered.delete(message.id)
    const question = this.#open.get(message.id)
    if (message.kind === 'answer') question?.resolve(message.answered)
    else if (message.kind === 'thrown') question?.reject(message.thrown)
    else question?.reject(new Failure(message.code, message.message))
  }

  #end(cause: unknown): void {
    this.#ended ??= this.#failure(cause)
    for (const { reject } of this.#open.values()) reject(this.#ended)
  }

  #failure(cause: unknown): Failure {
    const { code, message } = this.#options.unanswered
    return new Failure(code, message, { cause })
  }
}

/** In an `AskedThread`: answers its questions from now on; resolves when it is told to end. */
export function answerQuestions<Asked, Answered>(
  answer: (asked: Asked) => Answered,
): Promise<void> {
  const ended = Promise.withResolvers<void>()
  const send = (message: FromThread<Answered>) => parentPort?.postMessage(message)
  parentPort?.on('message', (message: ToThread<Asked>) => {
    if (message.kind === 'question') return send(answerTo(message, answer))
    parentPort?.close()
    ended.resolve()
  })
  return ended.promise
}

function answerTo<Asked, Answered>(
  { id, asked }: { readonly id: number; readonly asked: Asked },
  answer: (asked: Asked) => Answered,
): FromThread<Answered> {
  try {
    return { id, kind: 'answer', answered: answer(asked) }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) return { id, kind: 'thrown', thrown }
    const { code, message } = thrown
    return { id, kind: 'failure', code, message }
  }
}
