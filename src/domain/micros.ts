const amountPattern = /^(\d{1,9})(?:\.(\d{1,6})0*)?$/
const microsPerUnit = 1_000_000
const microDigits = 6

/**
 * Decimal text such as `0.0125` in whole micros, without passing through a fraction; undefined where
 * it is no such amount or has more than six decimals, for money is never rounded silently.
 */
export function microsOf(text: string): number | undefined {
  const [, units, decimals = ''] = amountPattern.exec(text) ?? []
  if (units === undefined) return undefined
  return Number(units) * microsPerUnit + Number(decimals.padEnd(microDigits, '0'))
}
