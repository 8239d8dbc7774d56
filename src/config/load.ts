import { closeSync, openSync, readSync } from 'node:fs'
import { Document, parseDocument, visit } from 'yaml'
import type { CredentialKind } from '../domain/credentials.ts'
import { unseen } from '../kernel/escaped-units.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import { checkAdminListen } from './admin-listen.ts'
import { checkApi } from './api-settings.ts'
import {
  type ChangedEntries,
  changeableLists,
  entryTexts,
  namedPath,
  withChanges,
} from './changed-entries.ts'
import { type Declared, entryTypes, type ListName } from './declarations.ts'
import { type DeclaredDirectory, directoryFrom } from './directory.ts'
import { apiKeyVariable, configFileVariable } from './environment.ts'
import { checkIdentity } from './identity-files.ts'
import { checkGateways, checkListeners } from './listeners.ts'
import { type Problem, Problems, problemsText } from './problem.ts'
import {
  checkCertificates,
  checkDuplicates,
  checkNumbers,
  checkPrefixLists,
  checkReferences,
} from './references.ts'
import { checkRefusals } from './refusals.ts'
import { eachSetting, type SettingPath, type SettingValues } from './settings.ts'
import { isTree, type Tree } from './tree.ts'
import { checkTrunks } from './trunks.ts'

/** Everything that an operator decides. */
export interface Settings {
  readonly values: SettingValues
  readonly directory: DeclaredDirectory
  /** What the file itself says, by `entryKey`, as canonical JSON. */
  readonly entries: ReadonlyMap<string, string>
  /** The same settings with what was changed at run time above what the file declares. */
  withChanges(changed: ChangedEntries): SettingsResult
}

/** Where settings come from; the environment outranks the file. */
export interface SettingsSource {
  /** YAML. */
  readonly text: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** How much of a file is read: far more than thousands of tenants need. */
export const fileBytesMax = 32 * 1024 * 1024
const partBytes = 256 * 1024

const listNames = Object.keys(entryTypes) as ListName[]

/** The settings of a file; throws a `Failure` that lists everything wrong with them. */
export function loadSettings(file: string, environment: SettingsSource['environment']): Settings {
  const result = readSettings({ text: readText(file), environment })
  if (result.ok) return result.settings
  throw new Failure('config_invalid', `${file} has problems:\n${problemsText(result.problems)}`)
}

/** The settings, or every problem that stands in their way. Reads nothing but its argument. */
export function readSettings({ text, environment }: SettingsSource): SettingsResult {
  const problems = new Problems()
  const tree = parseTree(text, problems)
  return judge({ tree, environment, problems })
}

/** What a file declares, its settings left out: they are not judged, and named in `rest`. */
export type DeclarationsResult =
  | { readonly ok: true; readonly tree: Tree; readonly rest: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads a file for what it declares alone; its entries are not judged yet. */
export function readDeclarations(text: string): DeclarationsResult {
  const problems = new Problems()
  const tree = parseTree(text, problems)
  checkNames(tree, problems)
  const lists: readonly string[] = [...changeableLists, 'keys']
  for (const name of lists) {
    if (tree[name] !== undefined && !Array.isArray(tree[name])) problems.add(name, 'must be a list')
  }
  if (problems.all.length > 0) return { ok: false, problems: problems.all }
  return { ok: true, tree, rest: Object.keys(tree).filter((name) => !lists.includes(name)) }
}

/** Entries as a file that `readDeclarations` reads. */
export function declarationsFile(tree: Tree): string {
  const document = new Document(tree)
  visit(document, {
    Scalar: (_key, node) => {
      // Of these YAML has an escape in quotes alone; whoever prints the file writes them out.
      if (unseen.test(String(node.value))) node.type = 'QUOTE_DOUBLE'
    },
  })
  return document.toString({ lineWidth: 100 })
}

function judge(file: Reading, changed: ChangedEntries = new Map()): SettingsResult {
  const { environment, problems } = file
  const tree = withChanges(file.tree, changed)
  checkNames(tree, problems)
  checkEnvironmentNames(environment, problems)
  const values = readValues({ tree, environment, problems })
  const declared = readDeclared(tree, problems)
  checkReferences(tree, problems)
  checkPrefixLists(tree, problems)
  checkDuplicates(tree, problems)
  checkNumbers(declared.numbers, problems)
  checkCertificates(declared, problems)
  checkGateways(values, declared, problems)
  checkTrunks(declared, problems)
  checkRefusals(declared.refusals, problems)
  if (problems.all.length > 0)
    return { ok: false, problems: namedProblems(tree, changed, problems) }
  const settings = {
    values,
    directory: directoryFrom(declared),
    entries: entryTexts(file.tree, listNames),
    withChanges: (next: ChangedEntries) => judge({ ...file, problems: new Problems() }, next),
  }
  return { ok: true, settings }
}

/** By their places in the file; by their names where not all of it is the file's. */
function namedProblems(tree: Tree, changed: ChangedEntries, { all }: Problems): readonly Problem[] {
  if (changed.size === 0) return all
  return all.map((problem) => ({
    ...problem,
    path: namedPath(tree, problem.path),
    reason: namedPath(tree, problem.reason),
  }))
}

/** The text of a file; throws `config_invalid` where it cannot be read. */
export function readText(file: string): string {
  try {
    return readBounded(file)
  } catch (cause) {
    const reason = messageOf(cause)
    throw new Failure('config_invalid', `${file} cannot be read: ${reason}`, { cause })
  }
}

/** Devices and pipes have no size, and need not end. */
function readBounded(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const parts: Buffer[] = []
    for (let bytes = 0; ; ) {
      const part = Buffer.allocUnsafe(partBytes)
      const read = readSync(descriptor, part)
      if (read === 0) return Buffer.concat(parts).toString()
      parts.push(part.subarray(0, read))
      bytes += read
      if (bytes > fileBytesMax) throw new Error(`is larger than ${fileBytesMax} bytes`)
    }
  } finally {
    closeSync(descriptor)
  }
}

function parseTree(text: string, problems: Problems): Tree {
  const document = parseDocument(text)
  for (const error of document.errors) {
    // The message quotes the lines around the fault, and a secret may stand there.
    const line = error.linePos?.[0].line ?? 1
    problems.add(`line ${line}`, `is not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`)
  }
  if (document.errors.length > 0) return {}
  const value = plainOf(document, problems)
  if (isTree(value)) return value
  problems.add('the file', 'must hold named settings')
  return {}
}

/** The library refuses a document whose aliases would unfold without end. */
function plainOf(document: ReturnType<typeof parseDocument>, problems: Problems): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    problems.add('the file', 'has aliases that cannot be resolved')
    return {}
  }
}

/** Refuses what no row and no list is called: a mistyped setting must not be silently its default. */
function checkNames(tree: Tree, problems: Problems): void {
  const lists = new Set<string>(listNames)
  const settings = Object.entries(tree).filter(([name]) => !lists.has(name))
  checkSection('', Object.fromEntries(settings), problems)
}

/** `prefix` is what the paths of the section begin with. */
function checkSection(prefix: string, section: Tree, problems: Problems): void {
  const paths: readonly string[] = eachSetting().map(([path]) => path)
  for (const [name, value] of Object.entries(section)) {
    const path = `${prefix}${name}`
    if (name.includes('.')) {
      problems.add(path, 'no such setting (each part of a path is a section)')
      continue
    }
    if (paths.includes(path)) continue
    if (!paths.some((known) => known.startsWith(`${path}.`))) problems.add(path, 'no such setting')
    else if (isTree(value)) checkSection(`${path}.`, value, problems)
    else problems.add(path, 'must hold named settings', value)
  }
}

function checkEnvironmentNames(
  environment: SettingsSource['environment'],
  problems: Problems,
): void {
  const settings = eachSetting().map(([, row]) => row.env)
  const known = new Set<string>([configFileVariable, apiKeyVariable, ...settings])
  for (const name of Object.keys(environment)) {
    if (name.startsWith('TOLLGATE_') && !known.has(name)) problems.add(name, 'no such setting')
  }
}

interface Reading {
  readonly tree: Tree
  readonly environment: SettingsSource['environment']
  readonly problems: Problems
}

function readValues({ tree, environment, problems }: Reading): SettingValues {
  const values: Partial<Record<SettingPath, unknown>> = {}
  for (const [path, row] of eachSetting()) {
    const fromEnvironment = environment[row.env]
    const given = fromEnvironment ?? valueAt(tree, path) ?? row.default
    const parsed = row.type.safeParse(given)
    if (parsed.success) values[path] = parsed.data
    else problems.addIssues([fromEnvironment === undefined ? path : row.env], given, parsed.error)
  }
  checkTogether(values as Partial<SettingValues>, problems)
  return values as SettingValues
}

function valueAt(tree: Tree, path: string): unknown {
  const inner = (value: unknown, name: string) => (isTree(value) ? value[name] : undefined)
  return path.split('.').reduce<unknown>(inner, tree)
}

/** Credentials that are checked with what the master key keeps. */
const sealed: ReadonlySet<CredentialKind> = new Set(['digest', 'token'])

/** What no single setting can tell about itself. */
function checkTogether(values: Partial<SettingValues>, problems: Problems): void {
  if (values['engine.kind'] === 'drachtio' && !values['engine.secret']) {
    problems.add('engine.secret', 'is missing (engine.kind: drachtio needs it)')
  }
  checkListeners(values, problems)
  checkAdminListen(values, problems)
  checkApi(values, problems)
  checkIdentity(values, problems)
  if (values['store.adapter'] === 'redis' && !values['redis.url']) {
    problems.add('redis.url', 'is missing (store.adapter: redis needs it)')
  }
  if (values['alerts.webhookUrl'] && !values['alerts.webhookSecret']) {
    problems.add('alerts.webhookSecret', 'is missing (alerts.webhookUrl needs it)')
  }
  const needsMaster = values['credentials.accept']?.filter((kind) => sealed.has(kind)) ?? []
  if (needsMaster.length > 0 && !values['credentials.masterKey']) {
    const why = `is missing (credentials.accept: ${needsMaster.join(', ')} needs it)`
    problems.add('credentials.masterKey', why)
  }
}

function readDeclared(tree: Tree, problems: Problems): Declared {
  const declared: Record<string, { index: number; entry: unknown }[]> = {}
  for (const name of listNames) {
    const given = tree[name] ?? []
    if (!Array.isArray(given)) problems.add(name, 'must be a list', given)
    declared[name] = Array.isArray(given)
      ? given.flatMap((entry: unknown, index) => readEntry({ name, index, entry, problems }))
      : []
  }
  return declared as unknown as Declared
}

interface EntryReading {
  readonly name: ListName
  readonly index: number
  readonly entry: unknown
  readonly problems: Problems
}

function readEntry({ name, index, entry, problems }: EntryReading) {
  const parsed = entryTypes[name].safeParse(entry)
  if (parsed.success) return [{ index, entry: parsed.data as unknown }]
  problems.addIssues([name, index], entry, parsed.error)
  return []
}
