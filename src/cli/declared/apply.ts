import { userInfo } from 'node:os'
import { changesOf } from '../../app/config-changes.ts'
import { declarationsOf } from '../../config/declaration-texts.ts'
import { readDeclarations, readText } from '../../config/load.ts'
import { problemsText } from '../../config/problem.ts'
import type { ChangeResult, EntryEdit, EntryProblem } from '../../declared/declared.ts'
import { fileEdits } from '../../declared/file-edits.ts'
import { Failure } from '../../kernel/failure.ts'
import { readArguments } from '../arguments.ts'
import { type Command, type ExitCode, exitCodes, type Terminal, UsageError } from '../command.ts'
import { inOffice, type Office, officeOptions, officeUsage } from '../keys/office.ts'
import { differenceJson, differenceLines, problemLines } from './lines.ts'

const options = {
  ...officeOptions,
  file: { type: 'string', short: 'f' },
  prune: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const
const otherwise = 'no argument belongs here'

/** `tollgate diff`: what `apply` would change. */
export const diff: Command = {
  usage: `diff -f <file> [--prune] ${officeUsage}`,
  help: 'Say what a file declares otherwise than the gates go by. 1: something.',
  async run(args, terminal) {
    const { values } = readArguments(args, { options, count: 0, otherwise })
    return inOffice(values.config, async (office) => {
      const edits = await editsIn(values, office, terminal)
      const result = await office.declared.preview(edits)
      show(result, values.json, terminal)
      return result.outcome === 'unchanged' ? exitCodes.ok : exitCodes.no
    })
  },
}

/** `tollgate apply`: makes everything be as a file has it, all or nothing. */
export const apply: Command = {
  recorded: 'whole',
  usage: `apply -f <file> [--prune] [--yes] ${officeUsage}`,
  help: 'Have the gates go by what a file declares, all of it or nothing; only shown without --yes.',
  async run(args, terminal) {
    const { values } = readArguments(args, { options, count: 0, otherwise })
    return inOffice(values.config, async (office) => {
      const edits = await editsIn(values, office, terminal)
      const preview = await office.declared.preview(edits)
      if (preview.outcome !== 'changed' || !values.yes) {
        show(preview, values.json, terminal)
        if (preview.outcome === 'changed') terminal.err('Nothing is changed: --yes applies it.')
        return preview.outcome === 'unchanged' ? exitCodes.ok : exitCodes.no
      }
      const result = await recordedly(office, terminal, () =>
        office.declared.change(edits, userInfo().username),
      )
      return told(result, values.json, terminal)
    })
  },
}

/** Tells what came of a change. */
export function told(result: ChangeResult, json: boolean, terminal: Terminal): ExitCode {
  show(result, json, terminal)
  if (result.outcome === 'changed' && !json) terminal.out(`Revision ${result.revision}.`)
  return result.outcome === 'changed' || result.outcome === 'unchanged'
    ? exitCodes.ok
    : exitCodes.no
}

/** Makes a change, and writes down what was and is where the use of the command is recorded. */
export async function recordedly(
  { declared, file }: Office,
  { record }: Terminal,
  change: () => Promise<ChangeResult>,
): Promise<ChangeResult> {
  const before = declarationsOf({ ...file, directory: declared.settings().directory })
  const result = await change()
  if (result.outcome !== 'changed') return result
  const known = new Map(before.map((each) => [`${each.subject} ${each.id}`, each]))
  for (const event of changesOf(declarationsOf(declared.settings()), known)) await record?.(event)
  for (const { list, id, before: was, after } of result.changes) {
    if (list !== 'keys') continue
    await record?.({ type: 'config.changed', subject: 'key', id, ...withoutNetworks(was, after) })
  }
  return result
}

/** Networks are personal data, and stand nowhere in the clear. */
function withoutNetworks(...texts: readonly (string | undefined)[]) {
  const [before, after] = texts.map((text) => {
    if (text === undefined) return undefined
    const { allowedSources, ...rest } = JSON.parse(text)
    return JSON.stringify({ ...rest, networks: allowedSources.length })
  })
  return { before, after }
}

interface Given {
  readonly file?: string | undefined
  readonly prune: boolean
}

async function editsIn(
  { file, prune }: Given,
  { declared, file: own }: Office,
  terminal: Terminal,
): Promise<readonly EntryEdit[]> {
  if (file === undefined) throw new UsageError('which file? -f <file>')
  const read = readDeclarations(readText(file))
  if (!read.ok) {
    throw new Failure('config_invalid', `${file} has problems:\n${problemsText(read.problems)}`)
  }
  if (read.rest.length > 0) {
    terminal.err(`Left out, for a gate reads them at its start alone: ${read.rest.join(', ')}.`)
  }
  const present = { whole: declared.whole(), keys: await declared.keys(), own: own.entries }
  const { edits, problems } = fileEdits(read.tree, present, prune)
  if (problems.length > 0) throw invalid(problems)
  return edits
}

function invalid(problems: readonly EntryProblem[]): Failure {
  return new Failure('config_invalid', problemLines(problems).join('\n'))
}

function show(result: ChangeResult, json: boolean, terminal: Terminal): void {
  if (json) {
    const shown =
      result.outcome === 'changed'
        ? { ...result, changes: result.changes.map((each) => differenceJson(each)) }
        : result
    terminal.out(JSON.stringify(shown))
    return
  }
  switch (result.outcome) {
    case 'changed':
      for (const each of result.changes) {
        for (const line of differenceLines(each)) terminal.out(line)
      }
      break
    case 'unchanged':
      terminal.out('Nothing to do.')
      break
    case 'conflict':
      terminal.err(`${result.list} ${result.id} was changed by somebody else meanwhile.`)
      break
    case 'invalid':
      for (const line of problemLines(result.problems)) terminal.err(line)
  }
}
