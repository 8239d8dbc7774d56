import { createHmac } from 'node:crypto'
import type { Alert, CallNotice } from '../domain/alert.ts'
import { type Clock, sleep } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import type { Secret } from '../kernel/secret.ts'
import type { DeadLetter } from './dead-letters.ts'

/** Alerts that wait to be told; a further one takes the place of the oldest. */
export const queueMax = 1_000
/** An alert is told so often at most. */
export const triesMax = 8
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
}

/**
 * Tells a URL of alerts, one after the other, and again with growing pauses where that fails. Nobody
 * waits for it: alerts are queued, and the queue is bounded.
 */
export class Webhook implements Disposable {
  readonly #options: WebhookOptions
  readonly #queue: Waiting[] = []
  readonly #over = new AbortController()
  #dropped = 0
  #telling = false

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
    this.#queue.push({ id, body: JSON.stringify({ id, ...notice }), notice })
    if (!this.#telling) void this.#tellAll()
  }

  [Symbol.dispose](): void {
    this.#over.abort()
    this.#queue.length = 0
  }

  async #tellAll(): Promise<void> {
    this.#telling = true
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await this.#tell(next)
    this.#telling = false
  }

  async #tell(waiting: Waiting): Promise<void> {
    for (let tries = 1; !this.#over.signal.aborted; tries++) {
      if (await this.#isTold(waiting)) return
      if (tries === triesMax) {
        this.#dropped += 1
        this.#options.logger.error({ id: waiting.id, tries }, 'an alert could not be told')
        const { kind, atMs, tenantId } = waiting.notice
        this.#options.onGivenUp?.({ id: waiting.id, kind, atMs, tries, tenantId })
        return
      }
      await this.#pause(tries)
    }
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
      logger.warn({ id, status }, 'the receiver of alerts does not take one')
    } catch (error) {
      const cause = error instanceof Error ? error.name : 'unknown'
      logger.warn({ id, cause }, 'the receiver of alerts does not answer')
    }
    return false
  }

  /** Twice as long each time, half of it by chance, so that gates do not come all at once. */
  #pause(tries: number): Promise<void> {
    const { clock, random } = this.#options
    const longestMs = Math.min(pauseMaxMs, firstPauseMs * 2 ** (tries - 1))
    const pauseMs = longestMs / 2 + random.below(Math.ceil(longestMs / 2) + 1)
    return sleep(clock, pauseMs, this.#over.signal)
  }
}

/** RFC 2104 with SHA-256 over moment and body, so that an old message is not told anew. */
export function signature(secret: Secret, timestamp: string, body: string): string {
  return createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')
}
