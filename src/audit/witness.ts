import type { Clock, Timer } from '../kernel/clock.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Checkpoint } from './note/checkpoint.ts'
import { parseWitnessKey, type VerifierKey } from './note/key.ts'
import { isSignedBy, noteBytesMax, parseSignature } from './note/note.ts'
import { LogReader } from './storage/log-reader.ts'
import { consistencySpans } from './tree/proof.ts'

// c2sp.org/tlog-witness, "add-checkpoint".

/** How long a witness may take for one answer. */
const answerTimeoutMs = 10_000

/** A witness is asked no more often than this: it serves many logs. */
const askEveryMs = 5000

/** Who cosigns, and where it is asked. */
export interface WitnessPlace {
  /** The text of its verifier key, of the type of cosignatures. */
  readonly key: string
  /** What `/add-checkpoint` is put behind. */
  readonly url: string
}

/** A witness whose key has been read. */
export interface KnownWitness {
  readonly key: VerifierKey
  readonly url: string
}

/** Reads the key of a witness; throws `config_invalid` where it is none. */
export function knownWitness({ key, url }: WitnessPlace): KnownWitness {
  const parsed = parseWitnessKey(key)
  if (parsed) return { key: parsed, url }
  throw new Failure('config_invalid', `audit.witnesses: ${key} is not the key of a witness`)
}

/** A checkpoint as it was published. */
export interface Offered extends Checkpoint {
  /** What is signed. */
  readonly text: string
  /** The whole note. */
  readonly bytes: Buffer
}

/** A signature line of a witness for a text. */
export interface Cosigned {
  readonly text: string
  readonly line: string
}

export interface WitnessOptions {
  readonly dir: string
  readonly clock: Clock
  readonly logger: Logger
  readonly onCosigned: (cosigned: Cosigned) => void
}

/**
 * Asks one witness for cosignatures, one question at a time and always for the newest checkpoint.
 * Whatever it does or does not, nobody waits for it: what it gives is handed on, the rest is logged.
 */
export class Witness implements Disposable {
  readonly #key: VerifierKey
  readonly #url: string
  readonly #reader: LogReader
  readonly #around: WitnessOptions
  readonly #end = new AbortController()
  #offered: Offered | undefined
  #timer: Timer | undefined
  #isBusy = false
  #notBeforeMs = Number.NEGATIVE_INFINITY
  /** The size of the tree that it cosigned last; told by it where we don't know. */
  #cosignedSize = 0
  #isWell = true

  constructor({ key, url }: KnownWitness, around: WitnessOptions) {
    this.#key = key
    this.#url = `${url.replace(/\/+$/, '')}/add-checkpoint`
    this.#reader = new LogReader(around.dir)
    this.#around = around
  }

  /** Has a checkpoint cosigned, now or when the last question is answered. */
  offer(offered: Offered): void {
    this.#offered = offered
    this.#schedule()
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    this.#end.abort()
  }

  #schedule(): void {
    const { clock } = this.#around
    if (this.#isBusy || !this.#offered || this.#end.signal.aborted) return
    this.#timer?.cancel()
    const delayMs = this.#notBeforeMs - clock.monotonic()
    if (delayMs <= 0) void this.#ask(this.#offered)
    else this.#timer = clock.after(delayMs, () => this.#schedule())
  }

  async #ask(offered: Offered): Promise<void> {
    const { clock, logger } = this.#around
    this.#offered = undefined
    this.#isBusy = true
    this.#notBeforeMs = clock.monotonic() + askEveryMs
    try {
      await this.#cosign(offered)
      if (!this.#isWell) logger.warn({ witness: this.#key.name }, 'A witness cosigns again.')
      this.#isWell = true
    } catch (error) {
      const cause = messageOf(error)
      // Once for each time that it fails: it may be away for days.
      if (this.#isWell && !this.#end.signal.aborted) {
        logger.warn({ witness: this.#key.name, cause }, 'A witness did not cosign.')
      }
      this.#isWell = false
    } finally {
      this.#isBusy = false
      this.#schedule()
    }
  }

  async #cosign(offered: Offered): Promise<void> {
    const first = await this.#post(offered)
    const answer = first.status === 409 ? await this.#postFrom(sizeIn(first.text), offered) : first
    if (answer.status !== 200) throw new Error(`it answered ${answer.status}`)
    const line = this.#lineIn(answer.text, offered.text)
    if (line === undefined) throw new Error('its answer has no valid cosignature')
    this.#cosignedSize = offered.size
    this.#around.onCosigned({ text: offered.text, line })
  }

  async #postFrom(size: number, offered: Offered): Promise<Answer> {
    if (size > offered.size) throw new Error(`it has seen ${size} entries, more than there are`)
    this.#cosignedSize = size
    return await this.#post(offered)
  }

  async #post({ size, bytes }: Offered): Promise<Answer> {
    const from = this.#cosignedSize
    const hashes: string[] = []
    for (const span of consistencySpans(from, size)) {
      hashes.push((await this.#reader.spanHash(span, size)).toString('base64'))
    }
    const head = [`old ${from}`, ...hashes, '', ''].join('\n')
    const answer = await fetch(this.#url, {
      method: 'POST',
      redirect: 'error',
      body: Buffer.concat([Buffer.from(head), bytes]),
      signal: AbortSignal.any([this.#end.signal, AbortSignal.timeout(answerTimeoutMs)]),
    })
    return { status: answer.status, text: await boundedText(answer) }
  }

  /** Whatever else is in the answer is ignored, as the specification says. */
  #lineIn(answer: string, text: string): string | undefined {
    const signatures = answer.split('\n').map(parseSignature)
    const good = signatures.find(
      (found) => found && isSignedBy({ text, signatures: [found] }, this.#key),
    )
    return good?.line
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

function sizeIn(text: string): number {
  const size = /^(?:0|[1-9]\d{0,15})\n$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) throw new Error('it gives no size')
  return size
}

async function boundedText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body ?? []) {
    length += part.length
    if (length > noteBytesMax) throw new Error('its answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
