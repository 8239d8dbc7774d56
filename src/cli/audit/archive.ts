import { publishedSize } from '../../audit/read.ts'
import { auditPaths } from '../../config/audit-paths.ts'
import type { Settings } from '../../config/load.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import { type Random, systemRandom } from '../../kernel/random.ts'
import { readMasterKey } from '../../keys/master-key.ts'
import { CallRecords } from '../../records/call-records.ts'
import type { IndexFile } from '../../records/index-file.ts'
import { Indexer } from '../../records/indexer.ts'
import { indexSource } from '../../records/log-source.ts'
import { type PlaceOfCall, placesOfCall } from '../../records/place-of-call.ts'
import { hasKeyFile, KeyFile, type TreeId } from '../../sealing/key-file.ts'
import { EventOpener } from '../../sealing/open-events.ts'
import { type ExitCode, exitCodes, type Terminal } from '../command.ts'
import { settingsIn } from '../settings-in.ts'
import { defaultDir, hasSettings } from './options.ts'
import { watched } from './watched.ts'

/** How quick an index is made on two cores beside other work: docs/benchmarks.md. */
const indexedEntriesPerMinute = 660_000

/** A log, and what opens what is sealed in it. */
export interface Archive {
  readonly dir: string
  /** Without settings, or where the gate has no file of keys yet, it opens nothing. */
  readonly opener: EventOpener | undefined
}

interface Given {
  readonly config?: string | undefined
  readonly dir?: string | undefined
}

/** Opens a log for reading: that of the settings, or a directory alone, whose events stay sealed. */
export async function inArchive<Result>(
  { config, dir }: Given,
  use: (archive: Archive) => Promise<Result>,
): Promise<Result> {
  if (!hasSettings(config)) return use({ dir: dir ?? defaultDir, opener: undefined })
  const settings = settingsIn(config)
  const paths = auditPaths(settings.values)
  using keys = hasKeyFile(paths.keysPath) ? soundKeys(settings) : undefined
  return await use({ dir: dir ?? paths.dir, opener: keys && new EventOpener(keys) })
}

/**
 * Where calls are, the newest first, by our id or their Call-ID, as the index of the settings' log
 * knows; none without settings, or where it has none: then every entry has to be looked at.
 */
export async function placesIn(
  { config, dir }: Given,
  terminal: Terminal,
  callId: string,
): Promise<PlaceOfCall[]> {
  if (dir !== undefined || !hasSettings(config)) return []
  try {
    return await inRecords(config, terminal, ({ records }) =>
      placesOfCall((query, page) => records.search(query, page), callId),
    )
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    terminal.err(`The index cannot be used, so every entry is looked at: ${why}`)
    return []
  }
}

/** The settings' log with its keys and its index. */
export interface RecordsOffice {
  readonly settings: Settings
  readonly keys: KeyFile
  readonly indexer: Indexer
  readonly index: IndexFile
  /** Whether it had to be made from the first entry on. */
  readonly isMadeAnew: boolean
  readonly records: CallRecords
  readonly clock: Clock
  /** What a search that has found nothing ends with: 3 where keys are lost, for then none is found. */
  readonly nothing: ExitCode
}

/** Opens the index of a gate's log, with all that the log has by now, and the keys. */
export async function inRecords<Result>(
  config: string | undefined,
  terminal: Terminal,
  use: (office: RecordsOffice) => Promise<Result>,
): Promise<Result> {
  const settings = terminal.settings ?? settingsIn(config)
  const { dir, indexPath, keysPath } = auditPaths(settings.values)
  // Nobody is told that a log which is not there has nothing on record, and its index stays.
  const entries = await publishedSize(dir)
  using keys = soundKeys(settings)
  const source = watched(indexSource(dir), dir, terminal)
  let isMadeAnew = false
  const onAnew = (why: string) => {
    isMadeAnew = true
    terminal.err(anewText(why, entries))
  }
  using indexer = new Indexer({ path: indexPath, source, keys, onAnew })
  await indexer.catchUp()
  const index = indexer.file
  if (!index) throw new Error('the index is open')
  const records = new CallRecords(index, keys)
  const lost = records.lostKeys()
  if (lost) terminal.err(lostText(lost, keysPath))
  const nothing = lost ? exitCodes.unknown : exitCodes.no
  const found = { settings, keys, indexer, index, isMadeAnew, records }
  return await use({ ...found, clock: systemClock(), nothing })
}

/** What it takes shows on a screen as it goes on; whoever has none waits for minutes without a word. */
function anewText(why: string, entries: number): string {
  const minutes = Math.round(entries / indexedEntriesPerMinute)
  const time = minutes > 0 ? ` from ${entries} entries, which takes some ${minutes} min` : ''
  return `The index is ${why}; it is made anew${time}.`
}

function lostText({ tenant, month }: Pick<TreeId, 'tenant' | 'month'>, keysPath: string): string {
  return `The keys of ${tenant || 'no tenant'}, ${month} are not in ${keysPath}: the file was lost, or is another's. \
What is sealed by them cannot be read, and no number or address is found.`
}

/** The file of keys of these settings; made where there is none. */
export function openKeys({ values }: Settings, random: Random = systemRandom()): KeyFile {
  const text = values['credentials.masterKey']
  const masterKey = text && readMasterKey(text)
  return new KeyFile({ path: auditPaths(values).keysPath, masterKey, random })
}

/** The same where something is looked up by it; throws `audit_corrupt` where it is damaged. */
export function soundKeys(settings: Settings): KeyFile {
  const keys = openKeys(settings)
  if (keys.isSound()) return keys
  keys[Symbol.dispose]()
  throw new Failure('audit_corrupt', `${auditPaths(settings.values).keysPath} is damaged`)
}
