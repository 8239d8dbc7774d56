import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lockLog } from '../../audit/lock.ts'
import { auditPaths } from '../../config/audit-paths.ts'
import type { Settings } from '../../config/load.ts'
import { settingsNow } from '../../declared/declared.ts'
import { heldLines, usableOf } from '../../declared/held.ts'
import { changedOf } from '../../declared/whole.ts'
import { systemClock } from '../../kernel/clock.ts'
import { silentLogger as logger } from '../../kernel/logger.ts'
import { systemRandom } from '../../kernel/random.ts'
import { hasKeyFile } from '../../sealing/key-file.ts'
import { type Entries, openEntries } from '../../store/entries.ts'
import { openView, storeOptions } from '../../store/open.ts'
import { soundKeys } from '../audit/archive.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'

/** With less than this a log may be full within a day of calls. */
const freeBytesMin = 2 ** 30
/** For one answer of a store apart, of which a few are asked for. */
const answerMaxMs = 1_000
/** Nobody's limit, to ask the store for. */
const nobody = { level: 'tenant', id: '/doctor' } as const

/** Whether a gate has the log open; undefined where there is no log yet. */
export function isBeingWritten(dir: string): boolean | undefined {
  if (!existsSync(join(dir, 'lock'))) return undefined
  try {
    using _lock = lockLog(dir)
    return false
  } catch {
    return true
  }
}

/** Whether the log can be written, and has room. */
export function lookAtAudit({ values }: Settings): readonly Finding[] {
  const { dir } = auditPaths(values)
  const place = existingPart(dir)
  const findings: Finding[] = []
  try {
    accessSync(place, constants.W_OK | constants.X_OK)
    const state = isBeingWritten(dir)
    const who = state ? 'a gate writes it' : 'nobody writes it now'
    findings.push(good('audit', state === undefined ? `${dir} will be made` : `${dir}: ${who}`))
  } catch {
    const remedy = `Give ${place} to the user that the gate runs as (chown), or change audit.dir.`
    findings.push(ill('audit', 'fault', { found: `${place} cannot be written`, remedy }))
  }
  const { bavail, bsize } = statfsSync(place)
  const free = bavail * bsize
  if (free >= freeBytesMin) return findings
  const found = `${Math.floor(free / 2 ** 20)} MiB are free at ${place}`
  const remedy = 'Make room: without it every call is refused.'
  return [...findings, ill('audit', 'warning', { found, remedy })]
}

function existingPart(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existingPart(dirname(path))
}

/** Whether the keys of personal data are there, private, and opened by the master key. */
export function lookAtKeyFile(settings: Settings): Finding {
  const { dir, keysPath } = auditPaths(settings.values)
  const isLog = existsSync(dir) && readdirSync(dir).length > 1
  if (!hasKeyFile(keysPath)) {
    if (!isLog) return good('key file', `${keysPath} will be made`)
    const found = `${keysPath} is missing, though there is a log`
    const remedy = 'Restore it from its backup: what the log has sealed cannot be read without it.'
    return ill('key file', 'fault', { found, remedy })
  }
  if (statSync(keysPath).mode & 0o077) {
    const found = `${keysPath} can be read by others`
    return ill('key file', 'fault', { found, remedy: `chmod 600 ${keysPath}.` })
  }
  try {
    using _keys = soundKeys(settings)
    return good('key file', keysPath)
  } catch (error) {
    const remedy = 'Set credentials.masterKey to the one that it was made with.'
    return ill('key file', 'fault', { found: `${keysPath}: ${whyOf(error)}`, remedy })
  }
}

/** Whether the store answers, and what was changed at run time goes together with the file. */
export async function lookAtStore(settings: Settings): Promise<readonly Finding[]> {
  const { values, directory } = settings
  const adapter = values['store.adapter']
  const around = { clock: systemClock(), random: systemRandom(), logger, directory }
  const patience = { 'redis.timeoutMs': Math.min(values['redis.timeoutMs'], answerMaxMs) }
  try {
    await using view = await openView(storeOptions({ ...values, ...patience }, around))
    // In the embedded store running calls are in the memory of the gate.
    if (adapter === 'redis') await view.limiter.running(nobody, nobody)
    const store = good('store', adapter === 'redis' ? 'Redis answers' : values['store.path'])
    return [store, ...lookAtMemory(view.evicts), lookAtDeclared(settings, openEntries(view.board))]
  } catch (error) {
    const remedy =
      adapter === 'redis'
        ? 'Start Redis, and check redis.url, its password and redis.ca.'
        : 'Give the folder of store.path to the user that the gate runs as.'
    if (adapter === 'embedded' && !existsSync(values['store.path'])) {
      return [good('store', `${values['store.path']} will be made`)]
    }
    return [ill('store', 'fault', { found: `${adapter}: ${whyOf(error)}`, remedy })]
  }
}

function lookAtMemory(evicts: readonly string[]): readonly Finding[] {
  if (evicts.length === 0) return []
  const found = `Redis may forget limits and revoked keys once its memory is full (${evicts.join(', ')})`
  return [ill('store', 'fault', { found, remedy: 'Set its maxmemory-policy to noeviction.' })]
}

function lookAtDeclared(file: Settings, entries: Entries): Finding {
  const changed = entries.all().length
  try {
    settingsNow(file, entries)
    const { held } = usableOf(changedOf(entries))
    if (held.length > 0) {
      const remedy = 'Change these entries: until then calls that need them are refused.'
      return ill('declared', 'fault', { found: heldLines(held).join('; '), remedy })
    }
    return good('declared', `the file, and ${changed} entries changed at run time`)
  } catch (error) {
    const remedy = 'Fix the file, or run that command: until then no gate starts.'
    return ill('declared', 'fault', { found: whyOf(error), remedy })
  }
}
