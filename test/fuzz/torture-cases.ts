import { applicationCases } from './torture-application.ts'
import type { TortureCase } from './torture-case.ts'
import { invalidCases } from './torture-invalid.ts'
import { ipv6Cases } from './torture-ipv6.ts'
import { validCases } from './torture-valid.ts'

/** The messages of RFC 4475 and some in their spirit. */
const rfc4475 = [...validCases, ...invalidCases, ...applicationCases]

/** All messages that torture a parser, and what is done with each. */
export const everyCase: readonly TortureCase[] = [...rfc4475, ...ipv6Cases]

/** The names that RFC 4475 gives to its messages, those that are here. */
export const rfc4475Names: ReadonlySet<string> = new Set(rfc4475.map(nameIn).filter(Boolean))

/** A case's section and name in its RFC and what it is; without section where it is in none. */
export function titleOf({ name }: TortureCase) {
  const [, section = '', short = '', what = name] = /^([\d.]+) ([\w-]+): (.*)$/.exec(name) ?? []
  return { section, short, what }
}

function nameIn(torture: TortureCase): string {
  return titleOf(torture).short
}
