import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, type SourceFile, sourceFile, sourceFiles } from './support/source-text.ts'

// Holds docs/ARCHITECTURE.md: who may import whom, how large things get, and what is nowhere.

const files = sourceFiles('src')

/** Files that are run rather than imported. */
const entryFiles = [
  'src/main.ts',
  'src/docs/main.ts',
  'src/demo/main.ts',
  'src/demo/start.ts',
  'src/demo/call.ts',
  'src/cli/main.ts',
  'src/audit/storage/tree-worker.ts',
  'src/engine/worker.ts',
  'src/records/search-worker.ts',
  'src/records/worker.ts',
]

/** Files that decide and compute but touch nothing. */
const pure =
  /^src\/(domain\/|engine\/message\/|engine\/transaction\/(ict|ist|nict|nist|table)\.ts|identity\/passport\.ts|routing\/candidates\.ts|audit\/(tree|note)\/|audit\/leaf\.ts)/

/** The modules of Node that compute and touch nothing. */
const pureModules = ['node:crypto', 'node:zlib', 'node:util', 'node:buffer', 'node:assert']

interface Row {
  readonly mayImport: readonly string[]
  readonly packages: readonly string[]
}

function importTable(): ReadonlyMap<string, Row> {
  const page = readFileSync('docs/ARCHITECTURE.md', 'utf8')
  const [, table = ''] = page.split('<!-- import table:')
  const rows = table
    .split('\n\n')[1]
    ?.split('\n')
    .slice(2)
    .map((line) => line.split('|').slice(1, -1).map(words))
  return new Map(
    rows?.map(([room = [], mayImport = [], packages = []]) => [
      room[0] ?? '',
      { mayImport, packages },
    ]),
  )
}

function words(cell: string): string[] {
  return cell
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '-')
}

const table = importTable()

/** `src/store/port.ts` is in the room `store`, `src/app.ts` in the room `app`. */
function roomOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? ''
}

function inOwnTree(file: SourceFile): { readonly specifier: string; readonly target: string }[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      specifier,
      target: posix.join(posix.dirname(file.path), specifier),
    }))
}

function packagesOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}

function allowed(file: SourceFile, target: string): boolean {
  const row = table.get(roomOf(file.path))
  if (roomOf(target) === roomOf(file.path)) return true
  return (row?.mayImport ?? []).some(
    (name) =>
      name === 'everything' || target === `src/${name}` || target.startsWith(`src/${name}/`),
  )
}

/** `path:line` of every match in the code of a file, comments and strings left out. */
function found(file: SourceFile, pattern: RegExp): string[] {
  return file.code
    .split('\n')
    .flatMap((line, at) => (pattern.test(line) ? [`${file.path}:${at + 1} ${line.trim()}`] : []))
}

test('every folder and file of src is a room of the import table', () => {
  const unknown = new Set(files.map((file) => roomOf(file.path)).filter((room) => !table.has(room)))
  expect([...unknown]).toEqual([])
})

test('rooms import each other only as the import table allows', () => {
  const wrong = files.flatMap((file) =>
    inOwnTree(file)
      .filter(({ target }) => !allowed(file, target))
      .map(({ target }) => `${file.path} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

test('every package is imported in its home alone, and every package has one', () => {
  const wrong = files.flatMap((file) =>
    packagesOf(file)
      .filter((name) => !table.get(roomOf(file.path))?.packages.includes(name))
      .map((name) => `${file.path} imports ${name}`),
  )
  expect(wrong).toEqual([])
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const homes = [...table.values()].flatMap((row) => row.packages)
  expect(homes.sort()).toEqual(Object.keys(dependencies).sort())
})

test('the gate and the embedded engine meet on a socket, never in an import', () => {
  const wrong = files.flatMap((file) =>
    inOwnTree(file).filter(
      ({ target }) => [roomOf(file.path), roomOf(target)].sort().join() === 'engine,sip',
    ),
  )
  expect(wrong).toEqual([])
})

test('modules of Node are named as such', () => {
  const builtin = new Set(builtinModules)
  const wrong = files.flatMap((file) => packagesOf(file).filter((name) => builtin.has(name)))
  expect(wrong).toEqual([])
})

test('what is pure does no I/O and reads no clock', () => {
  const wrong = files
    .filter((file) => pure.test(file.path))
    .flatMap((file) =>
      importsOf(file)
        .filter(
          (specifier) =>
            specifier.endsWith('kernel/clock.ts') ||
            (specifier.startsWith('node:') && !pureModules.includes(specifier)),
        )
        .map((specifier) => `${file.path} imports ${specifier}`),
    )
  expect(wrong).toEqual([])
})

test('time, chance and timers come from the kernel alone', () => {
  const pattern =
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|Math\.random|(?<!\.)\bset(?:Timeout|Interval)\b/
  const outside = files.filter((file) => roomOf(file.path) !== 'kernel')
  expect(outside.flatMap((file) => found(file, pattern))).toEqual([])
})

test('the environment is read in config alone', () => {
  const outside = files.filter((file) => roomOf(file.path) !== 'config')
  expect(outside.flatMap((file) => found(file, /\bprocess\.env\b/))).toEqual([])
})

test('nothing runs on import, and no module keeps changing state', () => {
  // biome puts everything that is at the top of a module, and nothing else, at the left margin.
  const declares =
    /^(?:import|export (?!let|var)|const|(?:async )?function|(?:abstract )?class|interface|type|declare|[})\]'"`@]|\s|$)/
  const wrong = files
    .filter((file) => !entryFiles.includes(file.path))
    .flatMap((file) =>
      file.code.split('\n').flatMap((line, at) => {
        const fillsTable = pure.test(file.path) && line.startsWith('for (')
        return declares.test(line) || fillsTable ? [] : [`${file.path}:${at + 1} ${line}`]
      }),
    )
  expect(wrong).toEqual([])
})

test('the audit log has no update and no delete', () => {
  const pattern =
    /(?<!\.)\b(?:update|delete|remove|erase|rewrite)\w*\(|\bunlink(?:Sync)?\(|\brm(?:Sync)?\(/i
  const audit = files.filter((file) => roomOf(file.path) === 'audit')
  expect(audit.length).toBeGreaterThan(0)
  // Copies of the beginning of a tile go when there are longer ones: the tile itself stays.
  const entries = audit.filter((file) => file.path !== 'src/audit/storage/superseded.ts')
  expect(entries.flatMap((file) => found(file, pattern))).toEqual([])
})

test('files keep to their size', () => {
  const lengths = files
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .sort((a, b) => a.lines - b.lines)
  const at = (share: number) => lengths[Math.floor(share * (lengths.length - 1))]?.lines
  expect(lengths.filter(({ lines }) => lines > 400)).toEqual([])
  expect(at(0.5)).toBeLessThanOrEqual(100)
  expect(at(0.9)).toBeLessThanOrEqual(250)
})

test('what is exported is used by another file, or is the type of something that is', () => {
  const everywhere = [...files, ...sourceFiles('test'), ...sourceFiles('bench')]
  const usersOf = new Map<string, Set<string>>()
  for (const { path, code } of [...everywhere, sourceFile('test/secrets/preload.mjs')]) {
    for (const name of new Set(code.match(/[A-Za-z_]\w*/g))) {
      usersOf.set(name, (usersOf.get(name) ?? new Set()).add(path))
    }
  }
  const exported = /^export (?:abstract |async )?(const|class|function\*?|interface|type) (\w+)/gm
  const wrong = everywhere.flatMap(({ path, code }) =>
    [...code.matchAll(exported)].flatMap(([, kind = '', name = '']) => {
      if ([...(usersOf.get(name) ?? [])].some((user) => user !== path)) return []
      const isTypeOfOurs = kind === 'interface' || kind === 'type'
      const times = code.split(new RegExp(`\\b${name}\\b`)).length - 1
      return isTypeOfOurs && times > 1 ? [] : [`${path} ${name}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('no object is written to be spread into another at once', () => {
  expect(files.flatMap((file) => found(file, /\.\.\.\{/))).toEqual([])
})

test('nothing is left for later', () => {
  const pattern = /\b(?:TO[D]O|FIX[M]E|XX[X]|@ts-(?:ignore|nocheck|expect-error))\b/
  const everywhere = [...files, ...sourceFiles('test'), ...sourceFiles('bench')]
  const wrong = everywhere.filter((file) => pattern.test(file.text)).map((file) => file.path)
  expect(wrong).toEqual([])
})

test.each(['describe', 'it', 'test'])('no %s is skipped, left open or run alone', (name) => {
  const pattern = new RegExp(`\\b${name}\\.(?:only|skip|todo|fails)\\b`)
  expect(sourceFiles('test').flatMap((file) => found(file, pattern))).toEqual([])
})
