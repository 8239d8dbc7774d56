import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCheckpoint } from '../audit/note/checkpoint.ts'
import { checkpointName } from '../audit/storage/files.ts'
import { Failure } from '../kernel/failure.ts'
import { systemRandom } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'
import { readMasterKey } from '../keys/master-key.ts'
import { hasKeyFile, KeyFile } from '../sealing/key-file.ts'
import { CallRecords, type PageRequest, type RecordPage } from './call-records.ts'
import { IndexFile } from './index-file.ts'
import type { RecordQuery } from './query.ts'
import type { IndexingSettings } from './thread.ts'

/** What the thread that searches is given. */
export type SearchSettings = Omit<IndexingSettings, 'tenants'>

/** What the thread is asked. */
export interface SearchQuestion {
  readonly query: RecordQuery
  readonly page: PageRequest
}

/** What is heard where the index cannot be searched. */
export const unsearchable = {
  code: 'store_unavailable',
  message: 'the call records cannot be searched',
} as const

/**
 * So far behind its log an index is not by keeping up: it is being made anew, and would tell that calls are not
 * on record which are.
 */
const behindMax = 100_000

/** Searches the index as it is found, opened anew where another file has taken its place. */
export class Searching implements Disposable {
  readonly #settings: SearchSettings
  #stack = new DisposableStack()
  #open: { readonly file: IndexFile; readonly records: CallRecords } | undefined

  constructor(settings: SearchSettings) {
    this.#settings = settings
  }

  /** As `RecordSearch`; whatever else is wrong with the index is a failure too, and it is opened anew. */
  search({ query, page }: SearchQuestion): RecordPage {
    const found = this.#found(query, page)
    const isBehind = sizeOf(this.#settings.auditDir) - found.upTo > behindMax
    if (!isBehind) return found
    throw new Failure('store_unavailable', 'the index of call records is being made anew')
  }

  [Symbol.dispose](): void {
    this.#close()
  }

  #found(query: RecordQuery, page: PageRequest): RecordPage {
    try {
      return this.#records().search(query, page)
    } catch (error) {
      if (error instanceof RangeError) throw error
      this.#close()
      throw new Failure(unsearchable.code, unsearchable.message)
    }
  }

  #records(): CallRecords {
    if (this.#open?.file.isReplaced) this.#close()
    if (this.#open) return this.#open.records
    const { indexPath, keysPath, masterKey: text } = this.#settings
    const masterKey = text === undefined ? undefined : readMasterKey(new Secret(text))
    const file = this.#stack.use(new IndexFile(indexPath))
    const keys = hasKeyFile(keysPath)
      ? this.#stack.use(new KeyFile({ path: keysPath, masterKey, random: systemRandom() }))
      : undefined
    const records = new CallRecords(file, keys)
    this.#open = { file, records }
    return records
  }

  #close(): void {
    this.#open = undefined
    this.#stack.dispose()
    this.#stack = new DisposableStack()
  }
}

/** How many entries the log has, as its newest checkpoint says; none where that cannot be read. */
function sizeOf(auditDir: string): number {
  try {
    return readCheckpoint(readFileSync(join(auditDir, checkpointName)))?.size ?? 0
  } catch {
    return 0
  }
}
