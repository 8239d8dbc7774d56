import { getCountries, getCountryCallingCode, Metadata } from 'libphonenumber-js/max'

const northAmerica = '1'
/** Every number there has its area code; some regions of it also know of numbers without. */
const northAmericanDigits = 10
const callingCodeDigitsMax = 3

/** Codes of no country: freephone, shared cost, satellites, networks, premium (ITU-T E.164). */
const worldLengths: Readonly<Record<string, readonly number[]>> = {
  800: [8],
  808: [8],
  870: [9, 12],
  878: [12],
  881: [9, 10],
  882: [7, 8, 9, 10, 11, 12],
  883: [8, 9, 10, 11, 12],
  888: [11],
  979: [9],
}

type Lengths = ReadonlyMap<string, ReadonlySet<number>>

/**
 * Makes what says whether digits can be a number in E.164: whether they begin with a country code that there
 * is, with as many digits behind it as some number of it has. A tenth of a microsecond a number; whether the
 * number is given out is another question. What is written without its country code mostly cannot be one.
 */
export function createPossible(): (digits: string) => boolean {
  const lengths = lengthsByCode()
  return (digits) => {
    for (let length = 1; length <= callingCodeDigitsMax; length++) {
      const known = lengths.get(digits.slice(0, length))
      if (known) return known.has(digits.length - length)
    }
    return false
  }
}

function lengthsByCode(): Lengths {
  const lengths = new Map(Object.entries(worldLengths).map(([code, all]) => [code, new Set(all)]))
  for (const country of getCountries()) {
    const metadata = new Metadata()
    metadata.selectNumberingPlan(country)
    const code = getCountryCallingCode(country)
    const known = lengths.get(code) ?? new Set()
    for (const length of metadata.numberingPlan?.possibleLengths() ?? []) known.add(length)
    lengths.set(code, known)
  }
  return lengths.set(northAmerica, new Set([northAmericanDigits]))
}
