import type { EntryProblem } from '../../declared/declared.ts'
import type { EntryDifference } from '../../store/entries.ts'
import { printable } from '../command.ts'

type Fields = Readonly<Record<string, unknown>>

/** One difference for people: what is added, removed, or which fields are other. */
export function differenceLines({ list, id, before, after }: EntryDifference): readonly string[] {
  const [was, is] = [before, after].map((text): Fields => (text ? JSON.parse(text) : {}))
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~'
  const names = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])]
  const fields = names.flatMap((name) => {
    const [one, other] = [was?.[name], is?.[name]].map((value) => JSON.stringify(value))
    if (one === other || after === undefined) return []
    return before === undefined
      ? [`    ${name}: ${other}`]
      : [`    ${name}: ${one ?? '(none)'} -> ${other ?? '(none)'}`]
  })
  return [`${sign} ${list} ${id}`, ...fields].map((line) => printable(line))
}

/** What changed, for programs. */
export function differenceJson({ list, id, before, after }: EntryDifference) {
  const [was, is] = [before, after].map((text) => (text === undefined ? null : JSON.parse(text)))
  return { list, id, before: was, after: is }
}

/** A warning about a key whose tenant or policy is not declared. */
export function strandedLine(keyId: string, reason: string): string {
  return printable(`Warning: key ${keyId} is refused: ${reason}.`)
}

/** One line a problem. */
export function problemLines(problems: readonly EntryProblem[]): readonly string[] {
  return problems.map(({ path, reason }) => printable(`${path}: ${reason}`))
}
