import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const pageName = /^\d{4}-.*\.md$/
const heading = /^# (\d+)\. (.+)$/m
/** What stands under the heading of a decision that a later one has replaced, whole or in part. */
const mark = /^(?:Superseded|Amended) by .+$/m

/** docs/decisions/README.md: every decision by its number, and what a later one has made of it. */
export function decisionsPage(folder: string): string {
  const rows = readdirSync(folder)
    .filter((name) => pageName.test(name))
    .sort()
    .map((name) => rowOf(name, readFileSync(join(folder, name), 'utf8')))
  return `# Decisions

Why things are as they are: each page has the context, the decision and what was given up. This list is made from their headings
(\`npm run docs\`). Missing numbers were never given.

${rows.join('\n')}
`
}

function rowOf(name: string, text: string): string {
  const [, number, title] = heading.exec(text) ?? []
  if (!number || !title) throw new Error(`${name} has no heading such as "# 12. What was decided"`)
  const [later] = mark.exec(text) ?? []
  return `- [${number}](${name}): ${title}${later ? ` _${later}_` : ''}`
}
