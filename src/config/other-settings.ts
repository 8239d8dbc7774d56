import { Secret } from '../kernel/secret.ts'
import type { SettingValues } from './settings.ts'

/** The names of settings that are not the same, in the order of the table. */
export function otherSettings(one: SettingValues, other: SettingValues): readonly string[] {
  const names = Object.keys(one) as (keyof SettingValues)[]
  return names.filter((name) => textOf(one[name]) !== textOf(other[name]))
}

/** Secrets are compared by what they hold: nothing of it goes further than here. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value, function (this: Record<string, unknown>, name, shown) {
    const given = this[name]
    return given instanceof Secret ? given.reveal() : shown
  })
}
