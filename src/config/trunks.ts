import type { Declared } from './declarations.ts'
import type { Problems } from './problem.ts'

/** Finds trunks that no call could be told apart for, and those that would lead back out to a carrier. */
export function checkTrunks(declared: Declared, problems: Problems): void {
  checkChoice(declared, problems)
  checkWayOut(declared, problems)
}

/** A number has one trunk: no two of a tenant name the same beginning, and one at most names none. */
function checkChoice({ trunks }: Declared, problems: Problems): void {
  const first = new Map<string, string>()
  for (const { index, entry } of trunks) {
    const starts = entry.numbers.length === 0 ? [''] : entry.numbers
    starts.forEach((start, at) => {
      const path = `trunks[${index}]${start === '' ? '' : `.numbers[${at}]`}`
      const claim = `${entry.tenant} ${start.replace('+', '')}`
      const earlier = first.get(claim)
      if (earlier) problems.add(path, `takes the same numbers of its tenant as ${earlier}`)
      else first.set(claim, path)
    })
  }
}

/** What comes in from a carrier would go out by one, and no key would be asked for it. */
function checkWayOut({ trunks, carriers }: Declared, problems: Problems): void {
  const gateways = carriers.flatMap(({ entry }) => entry.gateways)
  for (const { index, entry } of trunks) {
    entry.targets.forEach(({ host, port }, at) => {
      const same = gateways.find((gateway) => gateway.host === host && gateway.port === port)
      if (!same) return
      problems.add(`trunks[${index}].targets[${at}]`, `is the carrier's gateway ${same.id}`)
    })
  }
}
