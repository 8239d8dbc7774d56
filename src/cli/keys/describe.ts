import type { KeyDescription } from '../../keys/describe-key.ts'

/** One line of a list. */
export function keyLine(key: KeyDescription): string {
  const { id, tenant, policy, mode, status, lastUsedAt } = key
  return `${id} ${mode} ${status} ${tenant} ${policy} ${lastUsedAt ?? 'never used'}`
}

/** Every field on a line of its own. */
export function keyLines(key: KeyDescription): string[] {
  return Object.entries(key).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(' ') : String(value ?? '-')
    return `${name.padEnd(15)} ${text === '' ? '-' : text}`
  })
}
