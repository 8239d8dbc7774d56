import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..', '..', 'sipp-scenarios')
const scenarios = readdirSync(folder)
  .filter((file) => file.endsWith('.xml'))
  .map((file) => file.slice(0, -'.xml'.length))
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

test('every scenario is in the README with its source and the tests that run it', () => {
  expect(scenarios.filter((name) => !row(name))).toEqual([])
})

test('the tests that the README names for a scenario do run it', () => {
  for (const name of scenarios) {
    const runBy = row(name)?.[4]?.split(', ') ?? []
    for (const each of runBy) expect(sourceOf(each), `${name} in ${each}`).toContain(`'${name}'`)
  }
})

test('every scenario calls itself by the name of its file', () => {
  for (const name of scenarios) {
    const text = readFileSync(join(folder, `${name}.xml`), 'utf8')
    expect(text).toContain(`<scenario name="${name}">`)
  }
})

/** Name, what it does, source, tests: the cells of a scenario's row, undefined where one is missing. */
function row(name: string): readonly string[] | undefined {
  const line = readme.split('\n').find((each) => each.startsWith(`| \`${name}\` `))
  const cells = line?.split('|').map((cell) => cell.trim())
  const [, , what, source, tests] = cells ?? []
  return what && source?.startsWith('RFC ') && tests ? cells : undefined
}

/** The table of scenarios stands for both files that play it. */
function sourceOf(testName: string): string {
  const table = testName === 'scenarios' || testName === 'slow'
  const file = table ? 'scenarios.ts' : `${testName}.test.ts`
  return readFileSync(join(import.meta.dirname, file), 'utf8')
}
