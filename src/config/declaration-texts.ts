import { createHash } from 'node:crypto'
import type { Key } from '../domain/key.ts'
import type { OperatorKey } from '../domain/operator-key.ts'
import type { Tenant } from '../domain/tenant.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import type { Settings } from './load.ts'

/** A longer text stands as its hash. */
const textCharsMax = 8_000

/** One thing that is declared: what it is, without credentials and personal data. */
export interface Declaration {
  readonly subject: string
  readonly id: string
  readonly tenantId?: string | undefined
  readonly text: string
  readonly networks?: string | undefined
}

/** Everything that a file of settings declares. */
export function declarationsOf({ values, directory }: Settings): Declaration[] {
  const { tenants, policies, keys, operators, carriers, trunks, lists, refusals } = directory
  return [
    ...settingsDeclared(values),
    { subject: 'refusals', id: 'catalogue', text: textOf(refusals) },
    ...tenants.map((tenant) => tenantDeclared(tenant)),
    ...policies.map((policy) => ({ subject: 'policy', id: policy.id, text: textOf(policy) })),
    ...keys.map((key) => keyDeclared(key)),
    ...operators.map((operator) => operatorDeclared(operator)),
    ...carriers.map((carrier) => ({ subject: 'carrier', id: carrier.id, text: textOf(carrier) })),
    ...trunks.map((trunk) => {
      const { id, tenantId } = trunk
      return { subject: 'trunk', id, tenantId, text: textOf(trunk) }
    }),
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

/** A tenant, its numbers counted. */
export function tenantDeclared({ numbers, ranges, numberRights, ...rest }: Tenant): Declaration {
  const shown = {
    ...rest,
    numbers: counted(numbers),
    ranges: counted(ranges),
    numberRights: counted(Object.entries(numberRights ?? {})),
  }
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

function operatorDeclared({ secretHash, allowedSources, ...rest }: OperatorKey): Declaration {
  const text = textOf({
    ...rest,
    secretSha256: sha256(secretHash),
    networks: counted(allowedSources),
  })
  return { subject: 'operator', id: rest.id, text, networks: allowedSources.join(' ') }
}

function counted(items: readonly unknown[]) {
  return { count: items.length, sha256: sha256(JSON.stringify(items)) }
}

/** Through JSON first: it is what hides secrets, and what makes plain objects of all. */
function textOf(value: unknown): string {
  const text = canonicalJson(JSON.parse(JSON.stringify(value, withoutBytes)))
  return text.length <= textCharsMax ? text : canonicalJson({ sha256: sha256(text) })
}

/** Bytes are never for people to read, and may be what something is proved with. */
function withoutBytes(_name: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && 'type' in value
  return isBytes && value.type === 'Buffer' ? '[bytes]' : value
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
