import { createHmac } from 'node:crypto'
import type { Alert, CallNotice } from '../domain/alert.ts'
import type { Clock, Timer } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import type { Secret } from '../kernel/secret.ts'
import type { DeadLetter } from './dead-letters.ts'

/** Alerts that wait to be told; a further one takes the place of the oldest. */
export const queueMax = 1_000
/** An alert is told so often at most. */
export const triesMax = 8
/** So many are on their way at once; one alone after a failure, until the receiver takes one again. */
export const atOnceMax = 8
const firstPauseMs = 1_000
const pauseMaxMs = 300_000
const answerTimeoutMs = 5_000

/** Sends one message; resolves with the status of the answer. */
export type Post = (request: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
}) => Promise<number>

export interface WebhookOptions {
  readonly url: string
  /** What the receiver checks the signature with. */
  readonly secret: Secret
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly post: Post
  /** Hears what is given up. */
  readonly onGivenUp?: ((letter: DeadLetter) => void) | undefined
}

interface Waiting {
  readonly id: string
  readonly body: string
  readonly notice: Alert | CallNotice
  /** What is told of one thing is told in order. */
  readonly about: string
  readonly tries: number
  /** Not before, by the steady clock. */
  readonly dueMs: number
}

/**
 * Tells a URL of alerts, some at once, and again with growing pauses where that fails; those of one call,
 * key or tenant one after the other. Nobody waits for it: alerts are queued, and the queue is bounded.
 */
export class Webhook implements Disposable {
  readonly #options: WebhookOptions
  /** The oldest first. */
  #queue: Waiting[] = []
  /** What is on its way, by what it is about. */
  readonly #onTheWay = new Set<string>()
  readonly #over = new AbortController()
  #atOnce = atOnceMax
  #timer: Timer | undefined
  #dropped = 0

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  /** Alerts that wait, and those given up. */
  get counts(): { readonly waiting: number; readonly dropped: number } {
    return { waiting: this.#queue.length, dropped: this.#dropped }
  }

  send(notice: Alert | CallNotice): void {
    if (this.#over.signal.aborted) return
    if (this.#queue.length >= queueMax) {
      this.#queue.shift()
      this.#dropped += 1
    }
    const id = this.#options.random.hex(16)
    const body = JSON.stringify({ id, ...notice })
    this.#queue.push({ id, body, notice, about: subjectOf(notice), tries: 0, dueMs: 0 })
    this.#tellDue()
  }

  [Symbol.dispose](): void {
    this.#over.abort()
    this.#timer?.cancel()
    this.#queue.length = 0
  }

  #tellDue(): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    if (this.#over.signal.aborted) return
    while (this.#onTheWay.size < this.#atOnce) {
      const next = this.#takeDue(clock.monotonic())
      if (!next) break
      this.#onTheWay.add(next.about)
      void this.#tell(next)
    }
    const nowMs = clock.monotonic()
    const laterMs = this.#queue.flatMap(({ dueMs }) => (dueMs > nowMs ? [dueMs - nowMs] : []))
    if (laterMs.length === 0) return
    const pauseMs = laterMs.reduce((least, each) => Math.min(least, each))
    this.#timer = clock.after(pauseMs, () => this.#tellDue())
  }

  /** The oldest whose time has come, and before which nothing waits that is about the same. */
  #takeDue(nowMs: number): Waiting | undefined {
    const before = new Set(this.#onTheWay)
    const at = this.#queue.findIndex(({ about, dueMs }) => {
      if (dueMs <= nowMs && !before.has(about)) return true
      before.add(about)
      return false
    })
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0]
  }

  async #tell(waiting: Waiting): Promise<void> {
    const isTold = await this.#isTold(waiting)
    this.#atOnce = isTold ? atOnceMax : 1
    if (!isTold) this.#putBack({ ...waiting, tries: waiting.tries + 1 })
    this.#onTheWay.delete(waiting.about)
    this.#tellDue()
  }

  #putBack(waiting: Waiting): void {
    if (this.#over.signal.aborted) return
    const { id, tries, notice } = waiting
    const { clock, logger, onGivenUp } = this.#options
    if (tries < triesMax) {
      const dueMs = clock.monotonic() + this.#pauseMs(tries)
      this.#queue = [{ ...waiting, dueMs }, ...this.#queue]
      return
    }
    this.#dropped += 1
    logger.error({ id, tries }, 'an alert could not be delivered')
    const { kind, atMs, tenantId } = notice
    onGivenUp?.({ id, kind, atMs, tries, tenantId })
  }

  async #isTold({ id, body }: Waiting): Promise<boolean> {
    const { url, secret, clock, post, logger } = this.#options
    const timestamp = String(Math.floor(clock.now() / 1000))
    const headers = {
      'content-type': 'application/json',
      'tollgate-alert-id': id,
      'tollgate-timestamp': timestamp,
      'tollgate-signature': `v1=${signature(secret, timestamp, body)}`,
    }
    try {
      const status = await post({ url, headers, body, timeoutMs: answerTimeoutMs })
      if (status >= 200 && status < 300) return true
      logger.warn({ id, status }, 'the receiver of alerts has refused one')
    } catch (error) {
      const cause = causeOf(error)
      logger.warn({ id, cause }, 'the receiver of alerts does not answer')
    }
    return false
  }

  /** Twice as long each time, half of it by chance, so that gates do not come all at once. */
  #pauseMs(tries: number): number {
    const longestMs = Math.min(pauseMaxMs, firstPauseMs * 2 ** (tries - 1))
    return longestMs / 2 + this.#options.random.below(Math.ceil(longestMs / 2) + 1)
  }
}

/** What `fetch` fails with has one name; the code below it tells a wrong certificate from a closed port. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = (error.cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : error.name
}

/** The call, key or tenant that it is about; what is about none of them is about the gate. */
function subjectOf(notice: Alert | CallNotice): string {
  if ('callId' in notice) return `call ${notice.callId}`
  const { kind, keyId, tenantId } = notice
  return keyId ? `key ${keyId}` : tenantId ? `tenant ${tenantId}` : kind
}

/** RFC 2104 with SHA-256 over moment and body, so that an old message is not told anew. */
export function signature(secret: Secret, timestamp: string, body: string): string {
  return createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')
}
