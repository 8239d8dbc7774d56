import type { DialPlan } from '../domain/dial-plan.ts'

/** The digits behind those that lead out of the house; undefined where they do not lead out. */
export function outside(digits: string, { outsideLine }: DialPlan): string | undefined {
  return digits.startsWith(outsideLine) ? digits.slice(outsideLine.length) : undefined
}

/**
 * Every international number, `+` in front, that outside digits can mean under a plan. Most of them
 * are none that exists: who asks keeps the valid ones, and takes none where several are left.
 */
export function readings(digits: string, plan: DialPlan, callingCode: string): readonly string[] {
  const { internationalPrefixes, nationalPrefix, local } = plan
  const found = internationalPrefixes
    .filter((prefix) => digits.startsWith(prefix))
    .map((prefix) => `+${digits.slice(prefix.length)}`)
  found.push(`+${callingCode}${digits}`)
  if (nationalPrefix !== '' && digits.startsWith(nationalPrefix)) {
    found.push(`+${callingCode}${digits.slice(nationalPrefix.length)}`)
  }
  if (local && digits.length === local.length) {
    found.push(`+${callingCode}${local.areaCode}${digits}`)
  }
  return found
}
