import type { Clock } from '../../kernel/clock.ts'
import { Failure, messageOf } from '../../kernel/failure.ts'
import type { Logger } from '../../kernel/logger.ts'
import { type Note, notesMax, RememberedBoard } from '../board-memory.ts'
import type { Board, NoteEdit } from '../port.ts'
import type { RedisClient } from './connect.ts'
import { lost, type Scripts } from './scripts.ts'

/** The net below the channel: how often a gate asks of its own accord. */
const pollPeriodMs = 500
/** A board that could not be asked for longer lets no call be taken. */
const ageMaxMs = 1_000
/** Notes fetched at once. */
const pageNotes = 500
/** Two gates that change one note at once: how often one tries again before it gives up. */
const triesMax = 20

const tag = 'tollgate:{board}:'
const noteKeys = [`${tag}notes`, `${tag}versions`] as const
const versionKey = `${tag}version`
const channel = `${tag}changed`

export interface RedisBoardParts {
  /** A connection of its own: one that listens can do nothing else. */
  readonly subscriber: RedisClient
  readonly scripts: Scripts
  readonly clock: Clock
  readonly logger: Logger
}

/** The board on a Redis server: a channel tells of every change, and who misses it asks. */
export class RedisBoard extends RememberedBoard implements Board, AsyncDisposable {
  readonly #parts: RedisBoardParts
  readonly #subscriber: RedisClient
  readonly #stack = new AsyncDisposableStack()
  #askedAtMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(parts: RedisBoardParts) {
    super()
    this.#parts = parts
    this.#subscriber = parts.subscriber
    this.#stack.defer(() => this.#subscriber.disconnect())
  }

  /** Reads the whole board and listens from then on. */
  async start(): Promise<void> {
    this.#subscriber.on('message', () => void this.#tryRefresh())
    try {
      await this.#subscriber.connect()
      await this.#subscriber.subscribe(channel)
    } catch (cause) {
      throw lost(cause)
    }
    await this.#refresh()
    const timer = this.#parts.clock.every(pollPeriodMs, () => this.#poll())
    this.#stack.defer(() => timer.cancel())
  }

  /** Whether what it holds is at most a second old. */
  get isFresh(): boolean {
    return this.#parts.clock.monotonic() - this.#askedAtMs <= ageMaxMs
  }

  /** Rejects with `store_unavailable` where what it holds may be older than a second. */
  async ensureFresh(): Promise<void> {
    if (this.isFresh) return
    await this.#refresh()
  }

  async post(
    topic: string,
    id: string,
    change: (current: string | undefined) => string | undefined,
  ): Promise<string | undefined> {
    const name = `${topic} ${id}`
    let current = this.memory.get(topic, id)
    for (let tries = 0; tries < triesMax; tries++) {
      const text = change(current)
      this.memory.check(topic, id, text)
      if (text === current && tries > 0) return text
      const answer = await this.#parts.scripts.run(
        'post',
        [...noteKeys, versionKey],
        [name, ...given(current), ...given(text), notesMax, channel],
      )
      const [version = 0, isThere, found] = answer as [number, number?, string?]
      if (version < 0) throw new Failure('store_unavailable', 'too many notes')
      if (version > 0) {
        this.memory.takeOwn({ topic, id, text, version })
        return text
      }
      current = isThere ? found : undefined
    }
    throw new Failure('store_unavailable', `the note ${name} changes too quickly`)
  }

  async change(edits: readonly NoteEdit[]): Promise<boolean> {
    this.memory.checkAll(edits)
    const args = edits.flatMap(({ topic, id, seen, text }) => [
      `${topic} ${id}`,
      ...(seen ? given(seen.text) : ([-1, ''] as const)),
      ...given(text),
    ])
    const keys = [...noteKeys, versionKey]
    const done = await this.#parts.scripts.run('edit', keys, [notesMax, channel, ...args])
    if (Number(done) < 0) throw new Failure('store_unavailable', 'too many notes')
    // Also where it was refused: who tries again goes by what stands there now.
    await this.#refresh()
    return Number(done) === 1
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  #poll(): void {
    if (this.#asking === undefined) void this.#tryRefresh()
  }

  async #tryRefresh(): Promise<void> {
    try {
      await this.#refresh()
    } catch (error) {
      const cause = messageOf(error)
      this.#parts.logger.debug({ cause }, 'the board could not be read')
    }
  }

  /** One at a time; who comes meanwhile has a further one of its own, for the first may be too early. */
  async #refresh(): Promise<void> {
    await this.#asking?.catch(() => undefined)
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined
    })
    await this.#asking
  }

  async #fetch(): Promise<void> {
    const askedAtMs = this.#parts.clock.monotonic()
    // Taken in together, so that nobody sees a part of what was changed in one step.
    const notes: Note[] = []
    let page: Note[]
    do {
      const args = [notes.at(-1)?.version ?? this.memory.version, pageNotes]
      page = notesOf((await this.#parts.scripts.run('newer', noteKeys, args)) as string[])
      notes.push(...page)
    } while (page.length === pageNotes)
    this.memory.take(notes)
    this.#askedAtMs = askedAtMs
  }
}

/** Whether there is a text, and the text. */
function given(text: string | undefined): [number, string] {
  return [text === undefined ? 0 : 1, text ?? '']
}

function notesOf(fields: readonly (string | number)[]): Note[] {
  const notes: Note[] = []
  for (let at = 0; at < fields.length; at += 4) {
    const [name = '', version, isThere, text] = fields.slice(at, at + 4)
    const [topic = '', id = ''] = String(name).split(' ')
    const kept = Number(isThere) === 1 ? String(text) : undefined
    notes.push({ topic, id, text: kept, version: Number(version) })
  }
  return notes
}
