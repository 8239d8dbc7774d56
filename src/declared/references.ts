import type { DeclaredDirectory } from '../config/directory.ts'
import type { Key } from '../domain/key.ts'
import type { EntryProblem } from './declared.ts'

interface Known {
  readonly directory: DeclaredDirectory
  readonly keys: readonly Key[]
}

/**
 * Finds keys whose tenant or policy a change would take away, or that it would give one that is not there.
 * What was so before stands in nobody's way.
 */
export function newDangling(next: Known, before: Known): readonly EntryProblem[] {
  const old = new Set(strandedKeys(before).map(({ path, reason }) => path + reason))
  return strandedKeys(next).filter(({ path, reason }) => !old.has(path + reason))
}

/** Keys in use whose tenant or policy is not there: nothing can be decided by them, so nothing is let in. */
export function strandedKeys({ directory, keys }: Known): readonly EntryProblem[] {
  const tenants = new Set<string>(directory.tenants.map(({ id }) => id))
  const policies = new Set<string>(directory.policies.map(({ id }) => id))
  return keys.flatMap(({ id, tenantId, policyId, status }): EntryProblem[] => {
    if (status === 'revoked') return []
    const problem = (field: string, what: string, name: string): EntryProblem => {
      const reason = `no ${what} is called ${JSON.stringify(name)}`
      return { list: 'keys', id, path: `keys[${id}].${field}`, reason }
    }
    return [
      ...(tenants.has(tenantId) ? [] : [problem('tenant', 'tenant', tenantId)]),
      ...(policies.has(policyId) ? [] : [problem('policy', 'policy', policyId)]),
    ]
  })
}
