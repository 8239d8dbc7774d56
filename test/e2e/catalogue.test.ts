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
    const runBy = row(name)?.groups?.tests?.split(', ') ?? []
    for (const each of runBy) expect(sourceOf(each), `${name} in ${each}`).toContain(`'${name}'`)
  }
})

test('every scenario calls itself by the name of its file', () => {
  for (const name of scenarios) {
    const text = readFileSync(join(folder, `${name}.xml`), 'utf8')
    expect(text).toContain(`<scenario name="${name}">`)
  }
})

function row(name: string) {
  return new RegExp(`^\\| \`${name}\` \\| .+ \\| RFC .+ \\| (?<tests>[a-z, -]+) \\|$`, 'm').exec(
    readme,
  )
}

/** The table of scenarios stands for both files that play it. */
function sourceOf(testName: string): string {
  const table = testName === 'scenarios' || testName === 'slow'
  const file = table ? 'scenarios.ts' : `${testName}.test.ts`
  return readFileSync(join(import.meta.dirname, file), 'utf8')
}
