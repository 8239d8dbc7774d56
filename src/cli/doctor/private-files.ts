import { statSync } from 'node:fs'
import { keyFileOf } from '../../audit/storage/log-key.ts'
import { auditPaths } from '../../config/audit-paths.ts'
import type { Settings } from '../../config/load.ts'
import { permissionFileOf } from '../../store/embedded/permissions.ts'
import { sharedFileOf } from '../../store/embedded/shared-file.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'

const othersMask = 0o077
/** Of a key that the settings name: whoever provides it may do so by a group of the gate's user. */
const strangersMask = 0o007

/**
 * Whether others can read what a gate makes for its own user alone: what signs the log, the index of numbers,
 * the store. Files that were copied, or made by an older version, keep the mode that they came with.
 */
export function lookAtPrivateFiles({ values }: Settings): Finding {
  const { dir, cliDir, indexPath } = auditPaths(values)
  const stored = values['store.adapter'] === 'embedded' ? storeFiles(values['store.path']) : []
  const given = values['audit.keyFile']
  const own = [...(given ? [] : [keyFileOf(dir)]), keyFileOf(cliDir), indexPath, ...stored]
  try {
    const open = [
      ...(given && modeOf(given) & strangersMask ? [given] : []),
      ...own.filter((path) => modeOf(path) & othersMask),
    ]
    if (open.length === 0) return good('private files', 'only their owner can read them')
    const found = `${open.join(', ')} can be read by others`
    return ill('private files', 'fault', { found, remedy: `chmod go= ${open.join(' ')}.` })
  } catch (error) {
    const remedy = 'Run tollgate doctor as the user that runs the gate.'
    return ill('private files', 'unknown', { found: whyOf(error), remedy })
  }
}

function storeFiles(path: string): readonly string[] {
  return [path, sharedFileOf(path), permissionFileOf(path)]
}

/** Of what is not there, nothing. */
function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0
}
