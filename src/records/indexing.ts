import { BelievedClock } from '../kernel/believed-clock.ts'
import { type Clock, sleep } from '../kernel/clock.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Random } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'
import { readMasterKey } from '../keys/master-key.ts'
import { retentionOf } from '../sealing/expire.ts'
import { KeyFile } from '../sealing/key-file.ts'
import type { IndexFile } from './index-file.ts'
import { type EntrySource, Indexer } from './indexer.ts'
import { believedMs, overwrite, retainBy } from './retention.ts'
import type { FromIndexing, IndexingSettings, RetainedTenants } from './thread.ts'

/** How far the index may be behind a quiet log. */
const periodMs = 1_000
/** How far behind a busy one: what is taken together touches a page of the index once. */
const busyPeriodMs = 5_000
/** A log is busy that had so many new entries. */
const busyEntries = 400
/** How long it rests after a fault, which is told once while it stays the same. */
const faultPauseMs = 10_000
const dayMs = 86_400_000

export interface IndexingParts {
  readonly source: EntrySource
  readonly clock: Clock
  readonly random: Random
  /** Whose terms count now: the same until they are others. */
  readonly tenants: () => RetainedTenants
  readonly tell: (message: FromIndexing) => void
}

/**
 * Keeps the index behind the log until the signal, and then once more; ends each day what has had its
 * time. Outlives every fault: calls do not depend on it.
 */
export async function keepIndex(
  settings: IndexingSettings,
  parts: IndexingParts,
  signal: AbortSignal,
): Promise<void> {
  const keeping = new Keeping(settings, parts)
  let told = ''
  while (true) {
    const isLast = signal.aborted
    let pauseMs = periodMs
    try {
      if ((await keeping.round()) >= busyEntries) pauseMs = busyPeriodMs
      told = ''
    } catch (error) {
      const why = messageOf(error)
      if (why !== told) parts.tell({ kind: 'fault', why })
      told = why
      pauseMs = faultPauseMs
    }
    if (isLast) break
    await sleep(parts.clock, pauseMs, signal)
  }
  keeping[Symbol.dispose]()
}

/** What retention was looked at for last, and when. */
interface Looked {
  readonly day: number
  readonly tenants: RetainedTenants
  readonly index: IndexFile | undefined
  /** The clock was not believed, and something would have ended by it. */
  readonly isPostponed: boolean
}

interface Files {
  readonly keys: KeyFile
  readonly index: IndexFile | undefined
}

class Keeping implements Disposable {
  readonly #settings: IndexingSettings
  readonly #parts: IndexingParts
  readonly #stack = new DisposableStack()
  #open: { readonly keys: KeyFile; readonly indexer: Indexer } | undefined
  #looked: Looked | undefined
  #believedClock: BelievedClock | undefined

  constructor(settings: IndexingSettings, parts: IndexingParts) {
    this.#settings = settings
    this.#parts = parts
  }

  /** How many entries it took. */
  async round(): Promise<number> {
    const { keys, indexer } = this.#opened()
    const taken = await indexer.catchUp()
    this.#parts.tell({ kind: 'kept' })
    this.#retain({ keys, index: indexer.file })
    return taken
  }

  /** Ends what has had its time; by a clock that is not believed, nothing, which is told once a day. */
  #retain(files: Files): void {
    const { tell } = this.#parts
    const { index } = files
    const tenants = this.#parts.tenants()
    this.#believedClock ??= this.#clockOf(files)
    const { nowMs, doubt } = this.#believedClock.look()
    const day = Math.floor(nowMs / dayMs)
    const last = this.#looked
    // One that was made anew has records again whose time is over.
    const isSame = day === last?.day && tenants === last.tenants && index === last.index
    if (isSame && (doubt || !last.isPostponed)) return
    const moment = { nowMs, isDoubted: doubt !== undefined }
    const { gone, isPostponed } = retainBy(files, retentionOf(tenants), moment)
    if (doubt && isPostponed) tell({ kind: 'postponed', doubt })
    if (gone.length > 0) tell({ kind: 'gone', gone })
    overwrite(files)
    this.#looked = { day, tenants, index, isPostponed }
  }

  #clockOf(files: Files): BelievedClock {
    const { clock, tenants } = this.#parts
    const startMs = believedMs(files, retentionOf(tenants()), clock.now())
    return new BelievedClock(clock, startMs, () => files.keys.believedMs())
  }

  [Symbol.dispose](): void {
    this.#stack.dispose()
  }

  #opened() {
    if (this.#open) return this.#open
    const { keysPath: path, indexPath, masterKey: text } = this.#settings
    const { random, source, tell } = this.#parts
    const masterKey = text === undefined ? undefined : readMasterKey(new Secret(text))
    const keys = this.#stack.use(new KeyFile({ path, masterKey, random }))
    const onAnew = (why: string) => tell({ kind: 'anew', why })
    const opening = { path: indexPath, source, keys, onAnew, isHeld: true }
    const indexer = this.#stack.use(new Indexer(opening))
    this.#open = { keys, indexer }
    return this.#open
  }
}
