import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands, groups } from '../../../src/cli/commands.ts'
import { runInProcess } from '../../support/run-in-process.ts'

const rows = await Promise.all(
  Object.entries(commands).map(async ([words, { help, load }]) => {
    return { words, help, command: await load() }
  }),
)

test.each(rows)('$words offers --json or says why not', ({ command }) => {
  expect('json' in command.options).toBe(command.withoutJson === undefined)
})

test.each(rows)(
  '$words tells all of itself by --help, on the page and on wrong usage',
  async (row) => {
    const { words, help, command } = row
    const { code, out } = await runInProcess(...words.split(' '), '--help')
    const plain = out.replace(/\s+/g, ' ')
    expect(code).toBe(0)
    expect(plain).toContain(help)
    const wrong = await runInProcess(...words.split(' '), '--no-such-option')
    expect(wrong).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toMatch(/unknown option '--no-such-option'.*\nusage: tollgate /)
    const page = readFileSync('docs/cli.md', 'utf8').split(`### ${words}\n`)[1]?.split('\n#')[0]
    for (const [name, option] of Object.entries(command.options)) {
      expect(plain).toContain(`--${name}`)
      expect(plain).toContain(option.help)
      expect(page).toContain(`--${name}`)
    }
  },
)

test('every first word of two has a sentence of its own', () => {
  const firsts = rows.flatMap(({ words }) => (words.includes(' ') ? [words.split(' ')[0]] : []))
  expect([...new Set(firsts)].sort()).toEqual(Object.keys(groups).sort())
})
