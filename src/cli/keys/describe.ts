import type { KeyDescription } from '../../keys/describe-key.ts'
import type { Table } from '../line/show.ts'

/** A list of keys for people. */
export function keyTable(keys: readonly KeyDescription[]): Table {
  return {
    columns: ['id', 'mode', 'status', 'tenant', 'policy', 'last used'],
    rows: keys.map(({ id, mode, status, tenant, policy, lastUsedAt }) => {
      return [id, mode, status, tenant, policy, lastUsedAt ?? 'never']
    }),
  }
}

/** Every field on a line of its own. */
export function keyLines(key: KeyDescription): string[] {
  return Object.entries(key).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(' ') : String(value ?? '-')
    return `${name.padEnd(15)} ${text === '' ? '-' : text}`
  })
}
