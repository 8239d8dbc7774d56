import { hash } from 'node:crypto'
import { canonicalJson } from '../kernel/canonical-json.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Board } from '../store/port.ts'
import type { Answer } from './route.ts'

const topic = 'idempotency'
/** How long an answer is remembered. */
export const rememberedMs = 24 * 3_600_000
/** A request that has not ended by then came to nothing that is known, and may be made anew. */
export const runningMs = 60_000
/** Notes of one key, and answers of each: past these the oldest is forgotten. */
const notesPerKey = 32
const answersPerNote = 24
/** Of a longer answer what is brief of it is remembered, or that it was too long. */
const bodyCharsMax = 2_000

/** A request that makes something, as its client names it. */
export interface Attempted {
  /** The public id of the key. */
  readonly keyId: string
  readonly idempotencyKey: string
  /** Method, path and body. */
  readonly request: unknown
}

interface Remembered {
  readonly name: string
  readonly fingerprint: string
  readonly atMs: number
  /** Undefined while the first is not answered. */
  readonly answer?: RememberedAnswer | undefined
}

/** An answer as a replay gives it. */
export interface RememberedAnswer extends Pick<Answer, 'status' | 'body' | 'etag' | 'headers'> {
  /** Its body was too long to be kept. */
  readonly isCut?: boolean | undefined
}

/** Whether a request is the first of its name. */
export type Beginning = 'first' | 'running' | 'mismatch' | RememberedAnswer

/**
 * Remembers what was answered to requests that make something, on all gates together and bounded, so
 * that one which is repeated makes nothing twice. What was secret in an answer is not remembered.
 */
export class Idempotency {
  readonly #board: Pick<Board, 'post'>
  readonly #clock: Clock

  constructor(board: Pick<Board, 'post'>, clock: Clock) {
    this.#board = board
    this.#clock = clock
  }

  /** Begins a request, or says why not; the answer of the first where that is known. */
  async begin(attempted: Attempted): Promise<Beginning> {
    const { name, fingerprint } = namesOf(attempted)
    const atMs = this.#clock.now()
    let beginning: Beginning = 'first'
    await this.#change(attempted, (kept) => {
      const earlier = kept.find((one) => one.name === name)
      beginning = judge(earlier, fingerprint)
      return beginning === 'first' ? [...kept, { name, fingerprint, atMs }] : kept
    })
    return beginning
  }

  /** Remembers what the first was answered. */
  async end(attempted: Attempted, answer: Answer): Promise<void> {
    const { name, fingerprint } = namesOf(attempted)
    const remembered = { name, fingerprint, atMs: this.#clock.now(), answer: shownAgain(answer) }
    await this.#change(attempted, (kept) => [...without(kept, name), remembered])
  }

  /** Forgets a request that has made nothing. */
  async forget(attempted: Attempted): Promise<void> {
    const { name } = namesOf(attempted)
    await this.#change(attempted, (kept) => without(kept, name))
  }

  async #change(
    attempted: Attempted,
    change: (kept: readonly Remembered[]) => readonly Remembered[],
  ): Promise<void> {
    const nowMs = this.#clock.now()
    await this.#board.post(topic, namesOf(attempted).note, (text) => {
      const kept = readNote(text).filter(({ answer, atMs }) => {
        // One of a clock that was far ahead would be remembered, or run, for years.
        return Math.abs(nowMs - atMs) < (answer ? rememberedMs : runningMs)
      })
      const changed = change(kept).slice(-answersPerNote)
      return changed.length === 0 ? undefined : JSON.stringify(changed)
    })
  }
}

function judge(earlier: Remembered | undefined, fingerprint: string): Beginning {
  if (!earlier) return 'first'
  if (earlier.fingerprint !== fingerprint) return 'mismatch'
  return earlier.answer ?? 'running'
}

function without(kept: readonly Remembered[], name: string): readonly Remembered[] {
  return kept.filter((one) => one.name !== name)
}

function namesOf({ keyId, idempotencyKey, request }: Attempted) {
  const name = hash('sha256', idempotencyKey, 'hex')
  return {
    name,
    note: `${keyId}.${Number.parseInt(name.slice(0, 2), 16) % notesPerKey}`,
    fingerprint: hash('sha256', canonicalJson(JSON.parse(JSON.stringify(request))), 'base64url'),
  }
}

/** The answer as a replay shows it: what was secret is null, for it is kept nowhere. */
function shownAgain(answer: Answer): RememberedAnswer {
  const { status, body, brief, etag, headers, secrets = [] } = answer
  const hidden = Object.fromEntries(secrets.map((name) => [name, null]))
  const whole = secrets.length > 0 ? { ...Object(body), ...hidden } : body
  const isShort = JSON.stringify(whole ?? null).length <= bodyCharsMax
  const shown = isShort ? whole : brief
  return { status, etag, headers, body: shown, isCut: !isShort && brief === undefined }
}

/** What cannot be read is forgotten. */
function readNote(text: string | undefined): readonly Remembered[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(kept) ? kept : []
  } catch {
    return []
  }
}
