import type { DialPlan } from '../domain/dial-plan.ts'

/** The digits behind those that lead out of the house; undefined where they do not lead out. */
export function outside(digits: string, { outsideLine }: DialPlan): string | undefined {
  return digits.startsWith(outsideLine) ? digits.slice(outsideLine.length) : undefined
}

/** What digits may mean, `+` in front. */
export interface Reading {
  readonly reading: string
  /**
   * Whether the number has to be the reading itself. Whoever parses numbers drops a trunk prefix behind
   * a country code; at home that would find a second meaning in nearly everything dialled abroad.
   */
  readonly exact: boolean
}

/**
 * Every international number, `+` in front, that outside digits can mean under a plan. Most of them
 * are none that exists: who asks keeps the valid ones, and takes none where several are left.
 */
export function readings(digits: string, plan: DialPlan, callingCode: string): readonly Reading[] {
  const { internationalPrefixes, nationalPrefix, local } = plan
  const found = internationalPrefixes
    .filter((prefix) => digits.startsWith(prefix))
    .map((prefix) => ({ reading: `+${digits.slice(prefix.length)}`, exact: false }))
  const atHome = (national: string) =>
    found.push({ reading: `+${callingCode}${national}`, exact: true })
  atHome(digits)
  if (nationalPrefix !== '' && digits.startsWith(nationalPrefix)) {
    atHome(digits.slice(nationalPrefix.length))
  }
  if (local && digits.length === local.length) atHome(`${local.areaCode}${digits}`)
  return found
}
