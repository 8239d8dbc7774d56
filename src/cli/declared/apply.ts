import { userInfo } from 'node:os'
import { changesOf } from '../../app/config-changes.ts'
import { declarationsOf } from '../../config/declaration-texts.ts'
import { fileBytesMax, readDeclarations, readText, type Settings } from '../../config/load.ts'
import { problemsText } from '../../config/problem.ts'
import type { ChangeResult, EntryEdit, EntryProblem } from '../../declared/declared.ts'
import { fileEdits } from '../../declared/file-edits.ts'
import { strandedKeys } from '../../declared/references.ts'
import { Failure } from '../../kernel/failure.ts'
import { command, type ExitCode, exitCodes, type Terminal } from '../command.ts'
import { inOffice, type Office } from '../keys/office.ts'
import { filesOption, officeOptions } from '../line/common.ts'
import { flag, needed } from '../line/options.ts'
import { show } from '../line/show.ts'
import { file } from '../line/values.ts'
import { differenceJson, differenceLines, problemLines, strandedLine } from './lines.ts'

const options = {
  file: {
    ...needed(file, 'The file with the entries that are wanted; - for standard input.'),
    short: 'f',
  },
  prune: flag('Take out what the file does not name, from the lists that it has.'),
  files: filesOption,
  ...officeOptions,
} as const

const input = {
  bytesMax: fileBytesMax,
  isAsked: ({ values }: { readonly values: { readonly file?: unknown } }) => values.file === '-',
} as const

/** `tollgate diff`: what `apply` would change. */
export const diff = command({
  recorded: 'whole',
  input,
  options,
  no: 'something differs, or cannot be applied',
  async run({ values }, terminal) {
    const look = async (office: Office) => {
      const edits = await editsIn(values, office, terminal)
      const result = await office.declared.preview(edits)
      tell(result, values.json, terminal)
      return result.outcome === 'unchanged' ? exitCodes.ok : exitCodes.no
    }
    return inOffice(values.config, look, values.files)
  },
})

/** `tollgate apply`: makes everything be as a file has it, all or nothing. */
export const apply = command({
  recorded: 'whole',
  input,
  options: { ...options, yes: flag('Apply it; without this the changes are only shown.') },
  no: 'the changes were only shown, or could not be applied',
  async run({ values }, terminal) {
    const change = async (office: Office) => {
      const edits = await editsIn(values, office, terminal)
      const preview = await office.declared.preview(edits)
      if (preview.outcome !== 'changed' || !values.yes) {
        tell(preview, values.json, terminal)
        if (preview.outcome === 'changed') terminal.err('Nothing is changed: --yes applies it.')
        return preview.outcome === 'unchanged' ? exitCodes.ok : exitCodes.no
      }
      const result = await recordedly(office, terminal, () =>
        office.declared.change(edits, userInfo().username),
      )
      return await told(result, office, { json: values.json, terminal })
    }
    return inOffice(values.config, change, values.files)
  },
})

/** Tells what came of a change, and which keys can't be used for want of something. */
export async function told(
  result: ChangeResult,
  { declared }: Pick<Office, 'declared'>,
  { json, terminal }: { readonly json: boolean; readonly terminal: Terminal },
): Promise<ExitCode> {
  tell(result, json, terminal)
  if (result.outcome === 'changed') {
    const { directory } = declared.settings()
    for (const { id, reason } of strandedKeys({ directory, keys: await declared.keys() })) {
      terminal.err(strandedLine(id, reason))
    }
  }
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
  const before = declarationsOf({ ...file, directory: usable(declared, file).directory })
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

/** What counts now; where a file contradicts what was changed, no gate starts, and the file is what is known. */
function usable(declared: Office['declared'], file: Settings): Settings {
  try {
    return declared.settings()
  } catch (error) {
    if (error instanceof Failure && error.code === 'config_invalid') return file
    throw error
  }
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

interface Asked {
  readonly file: string
  readonly prune: boolean
}

async function editsIn(
  { file: path, prune }: Asked,
  { declared, file: own }: Office,
  terminal: Terminal,
): Promise<readonly EntryEdit[]> {
  const read = readDeclarations(terminal.input ?? readText(path))
  if (!read.ok) {
    throw new Failure('config_invalid', `${path} has problems:\n${problemsText(read.problems)}`)
  }
  if (read.rest.length > 0) {
    terminal.err(`Left out, because a gate only reads them at its start: ${read.rest.join(', ')}.`)
  }
  const present = { whole: declared.whole(), keys: await declared.keys(), own: own.entries }
  const { edits, problems } = fileEdits(read.tree, present, prune)
  if (problems.length > 0) throw invalid(problems)
  return edits
}

function invalid(problems: readonly EntryProblem[]): Failure {
  return new Failure('config_invalid', problemLines(problems).join('\n'))
}

/** Of a list whose file is not here. */
function isOfFile({ path, reason }: EntryProblem): boolean {
  return path.endsWith('.file') && reason.includes(' cannot be read: ')
}

const whoseFile =
  'Gates read such a file by its path on their machines; here it is judged before: --files names the folder that has it on this one.'

function tell(result: ChangeResult, json: boolean, terminal: Terminal): void {
  if (json) {
    const value =
      result.outcome === 'changed'
        ? { ...result, changes: result.changes.map((each) => differenceJson(each)) }
        : result
    show(terminal, { json, value })
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
      terminal.err(`${result.list} ${result.id} was changed by somebody else in the meantime.`)
      break
    case 'invalid':
      for (const line of problemLines(result.problems)) terminal.err(line)
      if (result.problems.some(isOfFile)) terminal.err(whoseFile)
  }
}
