import { LongestPrefix, longestIn } from './longest-prefix.ts'

/** States and provinces as the numbering data writes them out, by the code of ISO 3166-2. */
const namesText = `
AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;DE Delaware
DC Washington D.C.;FL Florida;GA Georgia;HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;KS Kansas
KY Kentucky;LA Louisiana;ME Maine;MD Maryland;MA Massachusetts;MI Michigan;MN Minnesota
MS Mississippi;MO Missouri;MT Montana;NE Nebraska;NV Nevada;NH New Hampshire;NJ New Jersey
NM New Mexico;NY New York;NC North Carolina;ND North Dakota;OH Ohio;OK Oklahoma;OR Oregon
PA Pennsylvania;RI Rhode Island;SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah
VT Vermont;VA Virginia;WA Washington State;WV West Virginia;WI Wisconsin;WY Wyoming
AB Alberta;BC British Columbia;BC British Colombia;MB Manitoba;NB New Brunswick
NL Newfoundland and Labrador;NT Northwest Territories;NS Nova Scotia;NU Nunavut;ON Ontario
PE Prince Edward Island;QC Quebec;SK Saskatchewan;YT Yukon`

const codeOf: ReadonlyMap<string, string> = new Map(
  namesText
    .trim()
    .split(/[;\n]/)
    .map((row) => [row.slice(3), row.slice(0, 2)] as const),
)

const codes: ReadonlySet<string> = new Set(codeOf.values())

/**
 * States and provinces by the prefix of a North American number (with the leading 1), from a table of
 * places. A prefix that says no more than a shorter one does is left out.
 */
export function subdivisionTable(
  places: ReadonlyMap<string, string>,
): LongestPrefix<readonly string[]> {
  const kept = new Map<string, readonly string[]>()
  for (const prefix of [...places.keys()].sort((a, b) => a.length - b.length)) {
    const found = subdivisionsIn(places.get(prefix) ?? '')
    const shorter = longestIn(kept, prefix, prefix.length)
    if (found.length > 0 && found.join() !== shorter?.join()) kept.set(prefix, found)
  }
  return new LongestPrefix(new Map([...kept].map(([prefix, found]) => [`1${prefix}`, found])))
}

/** `Chicago, IL`, `Illinois`, or several names with `/` between; empty where it is none of them. */
function subdivisionsIn(place: string): readonly string[] {
  const [, tail = ''] = /, ([A-Z]{2})$/.exec(place) ?? []
  if (codes.has(tail)) return [tail]
  const named = place.split('/').map((name) => codeOf.get(name))
  return named.every((code) => code !== undefined) ? named : []
}
