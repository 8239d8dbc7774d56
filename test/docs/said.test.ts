import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

// What the pages name is there: files, headings, decisions, scripts, commands and their options.

const pages = new Map(
  [
    ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'sipp-scenarios/README.md'],
    ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].map((path) => [path, readFileSync(path, 'utf8')]),
)

/** `page what` of everything that a pattern finds in the pages and that is not there. */
function missing(pattern: RegExp, isThere: (match: RegExpExecArray, page: string) => boolean) {
  return [...pages].flatMap(([page, text]) =>
    [...text.matchAll(pattern)]
      .filter((match) => !isThere(match, page))
      .map(([whole]) => `${page} ${whole}`),
  )
}

/** As GitHub names a heading in an address. */
function anchorOf(heading: string): string {
  const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return words.replace(/[^\w\- ]/g, '').replaceAll(' ', '-')
}

test('every link within the project leads to a file, and to a heading where it names one', () => {
  const link = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g
  const wrong = missing(link, ([, path = '', anchor], page) => {
    const target = path === '' ? page : join(dirname(page), path)
    if (!existsSync(target)) return false
    const headings = pages.get(target)?.matchAll(/^#+ (.+)$/gm) ?? []
    return !anchor || [...headings].some(([, text = '']) => anchorOf(text) === anchor)
  })
  expect(wrong).toEqual([])
})

test('every decision that is named by its number was made', () => {
  const made = new Set(readdirSync('docs/decisions').map((name) => Number.parseInt(name, 10)))
  expect(missing(/\b[Dd]ecisions? (\d{1,4})\b/g, ([, number]) => made.has(Number(number)))).toEqual(
    [],
  )
})

test('every file of ours that is named is there', () => {
  const file = /`((?:src|docs|test|bench|config|packaging|sipp-scenarios)\/[\w./-]+\.\w+)`/g
  expect(missing(file, ([, path = '']) => existsSync(path))).toEqual([])
})

test('every script that is named can be run', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const run = /\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g
  expect(missing(run, ([, name = '']) => name in scripts)).toEqual([])
})

test('every command of tollgate that is shown exists, with the options that it is shown with', () => {
  const known = new Map(
    (pages.get('docs/cli.md') ?? '').split(/^### /m).map((section) => {
      const [, words = ''] = /^`tollgate ([a-z-]+(?: [a-z-]+)?)/m.exec(section) ?? []
      return [words, section]
    }),
  )
  const groups = new Set([...known.keys()].map((words) => words.split(' ')[0]))
  const shown =
    /\b(?:npx tollgate|`tollgate|^tollgate(?! event)|tollgate --) ([a-z-]+)(?: ([a-z][a-z-]*))?([^\n`|]*)/gm
  const wrong = missing(shown, ([whole, first = '', second = '', rest = '']) => {
    const section = known.get(`${first} ${second}`.trim()) ?? known.get(first)
    if (!section) return groups.has(first) && (second === '' || whole.includes('|'))
    const options = [
      ...rest.replace(/\$\([^)]*\)/g, '').matchAll(/(?<=\s|\[)--?[a-z][a-z-]*/g),
    ].map(([option]) => option)
    return options.every((option) => option === '--help' || section.includes(option))
  })
  expect(wrong).toEqual([])
})
