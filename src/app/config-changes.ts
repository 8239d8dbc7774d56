import type { AuditLog, ConfigChanged } from '../audit/event.ts'
import { type Declaration, declarationsOf } from '../config/declaration-texts.ts'
import { readSettings, type Settings } from '../config/load.ts'
import type { Logger } from '../kernel/logger.ts'
import { type Declared, readDeclared } from '../records/declared.ts'

/** Events that wait for the disk at a time. */
const batchEvents = 500

/** Writes down what is declared otherwise than at the last start, as far as the index knows that. */
export async function writeConfigChanges(
  audit: AuditLog,
  settings: Settings,
  { indexPath, logger }: { readonly indexPath: string; readonly logger: Logger },
): Promise<void> {
  const before = new Map([...usualDeclarations(), ...knownIn(indexPath, logger)])
  await appendChanges(audit, changesOf(declarationsOf(settings), before))
}

/** Writes down changes, a bounded number at a time. */
export async function appendChanges(
  audit: Pick<AuditLog, 'append'>,
  changes: readonly ConfigChanged[],
): Promise<void> {
  for (let at = 0; at < changes.length; at += batchEvents) {
    await Promise.all(changes.slice(at, at + batchEvents).map((event) => audit.append(event)))
  }
}

/** What there is without anything being set: nobody has to be told of that. */
function usualDeclarations(): Declared {
  const usual = readSettings({ text: '', environment: {} })
  const declarations = usual.ok ? declarationsOf(usual.settings) : []
  return new Map(declarations.map((each) => [`${each.subject} ${each.id}`, each]))
}

function knownIn(indexPath: string, logger: Logger): Declared {
  try {
    return readDeclared(indexPath)
  } catch (error) {
    logger.warn({ cause: String(error) }, 'earlier declarations could not be read')
    return new Map()
  }
}

/** What is new or other, and what is gone. */
export function changesOf(now: readonly Declaration[], before: Declared): ConfigChanged[] {
  const rest = new Map(before)
  const changed = now.flatMap(({ subject, id, tenantId, text, networks }): ConfigChanged[] => {
    const name = `${subject} ${id}`
    const known = rest.get(name)?.text
    rest.delete(name)
    if (known === text) return []
    return [{ type: 'config.changed', subject, id, tenantId, before: known, after: text, networks }]
  })
  const gone = [...rest.values()].map(({ subject, id, text }): ConfigChanged => {
    return { type: 'config.changed', subject, id, before: text }
  })
  return [...changed, ...gone]
}
