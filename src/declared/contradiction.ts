import { entryKey, parsedEntry } from '../config/changed-entries.ts'
import type { Settings } from '../config/load.ts'
import { type Problem, problemsText } from '../config/problem.ts'
import { Failure } from '../kernel/failure.ts'
import type { StoredEntry } from '../store/entries.ts'
import { usableOf } from './held.ts'

/** Entries that a sentence names. */
const namedMax = 20

/**
 * Why the file and what was changed at run time cannot count together: what is wrong, which changes have a
 * part in it, and the command that takes them back.
 */
export function contradiction(
  file: Settings,
  stored: readonly StoredEntry[],
  problems: readonly Problem[],
): Failure {
  const mending = mendingOf(file, stored, problems)
  const changes = mending.slice(0, namedMax).map(({ list, id, text, revision, changedAtMs }) => {
    const done = text === undefined ? 'taken out' : 'changed'
    const when = new Date(changedAtMs).toISOString()
    return `  ${entryKey(list, id)}: ${done} at run time, revision ${revision} of ${when}`
  })
  const more = mending.length - changes.length
  const names = mending.slice(0, namedMax).map(({ list, id }) => entryKey(list, id))
  return new Failure(
    'config_invalid',
    [
      'what the file declares and what was changed at run time contradict each other:',
      problemsText(problems.slice(0, namedMax)),
      'These changes are involved:',
      ...changes,
      ...(more > 0 ? [`  and ${more} more`] : []),
      'Declare what they need in the file, or drop them so that the file counts again:',
      `  tollgate revisions drop ${more > 0 ? 'all' : names.join(',')}`,
    ].join('\n'),
  )
}

/** Changes without which the file holds together with the rest; in the worst case all of them. */
function mendingOf(
  file: Settings,
  stored: readonly StoredEntry[],
  first: readonly Problem[],
): readonly StoredEntry[] {
  let kept = stored
  let problems = first
  while (kept.length > 0) {
    const text = problems.map(({ path, reason }) => `${path} ${reason}`).join('\n')
    const rest = kept.filter(({ id }) => !names(text, id))
    // The file by itself was found good: with nothing above it there is nothing wrong.
    if (rest.length === kept.length) return stored
    kept = rest
    const result = file.withChanges(usableOf(new Map(kept.map(parsedEntry))).changed)
    if (result.ok) break
    problems = result.problems
  }
  const left = new Set(kept)
  return stored.filter((each) => !left.has(each))
}

/** Problems have names in brackets, as paths do, or in quotes. */
function names(text: string, id: string): boolean {
  return text.includes(`[${id}]`) || text.includes(JSON.stringify(id))
}
