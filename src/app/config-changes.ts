import { createHash } from 'node:crypto'
import type { AuditLog, ConfigChanged } from '../audit/event.ts'
import { readSettings, type Settings } from '../config/load.ts'
import type { Key } from '../domain/key.ts'
import type { Tenant } from '../domain/tenant.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import type { Logger } from '../kernel/logger.ts'
import { type Declared, readDeclared } from '../records/declared.ts'

/** A longer text stands as its hash. */
const textCharsMax = 8_000
/** Events that wait for the disk at a time. */
const batchEvents = 500

/** One thing that is declared: what it is, without credentials and personal data. */
interface Declaration {
  readonly subject: string
  readonly id: string
  readonly tenantId?: string | undefined
  readonly text: string
  readonly networks?: string | undefined
}

/** Writes down what is declared otherwise than at the last start, as far as the index knows that. */
export async function writeConfigChanges(
  audit: AuditLog,
  settings: Settings,
  { indexPath, logger }: { readonly indexPath: string; readonly logger: Logger },
): Promise<void> {
  const before = new Map([...usualDeclarations(), ...knownIn(indexPath, logger)])
  const changes = changesOf(declarationsOf(settings), before)
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
    logger.warn({ cause: String(error) }, 'what was declared before is not known')
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

/** Everything that a file of settings declares. */
export function declarationsOf({ values, directory }: Settings): Declaration[] {
  const { tenants, policies, keys, carriers, lists, refusals } = directory
  return [
    ...settingsDeclared(values),
    { subject: 'refusals', id: 'catalogue', text: textOf(refusals) },
    ...tenants.map((tenant) => tenantDeclared(tenant)),
    ...policies.map((policy) => ({ subject: 'policy', id: policy.id, text: textOf(policy) })),
    ...keys.map((key) => keyDeclared(key)),
    ...carriers.map((carrier) => ({ subject: 'carrier', id: carrier.id, text: textOf(carrier) })),
    ...Object.values(lists)
      .flat()
      .map((list) => ({ subject: 'list', id: String(list.id), text: textOf(list) })),
  ]
}

function settingsDeclared(values: Settings['values']): Declaration[] {
  return Object.entries(values).map(([id, value]) => {
    return { subject: 'setting', id, text: textOf(settingShown(value)) }
  })
}

/** A URL may have a credential in its path or query. */
function settingShown(value: unknown): unknown {
  const isUrl = typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value)
  return isUrl ? { origin: new URL(value).origin, sha256: sha256(value) } : (value ?? null)
}

function tenantDeclared({ numbers, ranges, ...rest }: Tenant): Declaration {
  const shown = { ...rest, numbers: counted(numbers), ranges: counted(ranges) }
  return { subject: 'tenant', id: rest.id, tenantId: rest.id, text: textOf(shown) }
}

/** A key without what it is proved by, and without its networks, which are told apart. */
export function keyDeclared({ secretHash, digest, allowedSources, ...rest }: Key): Declaration {
  const { previous, ...shown } = rest as typeof rest & { previous?: unknown }
  const networks = allowedSources.join(' ')
  const text = textOf({
    ...shown,
    hasDigest: digest !== undefined,
    hasPrevious: previous !== undefined,
    secretSha256: sha256(secretHash),
    networks: counted(allowedSources),
  })
  return { subject: 'key', id: rest.id, tenantId: rest.tenantId, text, networks }
}

function counted(items: readonly unknown[]) {
  return { count: items.length, sha256: sha256(JSON.stringify(items)) }
}

/** Through JSON first: it is what hides secrets, and what makes plain objects of all. */
function textOf(value: unknown): string {
  const text = canonicalJson(JSON.parse(JSON.stringify(value)))
  return text.length <= textCharsMax ? text : canonicalJson({ sha256: sha256(text) })
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
