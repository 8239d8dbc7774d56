import { type Reason, reasons, refusalsWith } from '../domain/refusals.ts'
import type { Declared } from './declarations.ts'
import type { Problems } from './problem.ts'

/** Finds reasons answered twice, and answers that would sound like another reason's. */
export function checkRefusals(changes: Declared['refusals'], problems: Problems): void {
  const catalogue = refusalsWith(changes.map(({ entry }) => entry))
  const answerOf = (reason: Reason) => `${catalogue[reason].status} ${catalogue[reason].phrase}`
  const changed = new Map<Reason, number>()
  for (const { index, entry } of changes) {
    const { reason } = entry
    const earlier = changed.get(reason)
    const path = `refusals[${index}]`
    if (earlier !== undefined)
      problems.add(`${path}.reason`, `is the same as in refusals[${earlier}]`)
    changed.set(reason, index)
    const same = reasons.find((other) => other !== reason && answerOf(other) === answerOf(reason))
    if (same) problems.add(path, `"${answerOf(reason)}" is already the answer to ${same}`)
  }
}
