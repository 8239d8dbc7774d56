import { markdownTable } from '../config/markdown-table.ts'
import type { Command } from './command.ts'
import { commands, groups } from './commands.ts'
import type { Option } from './line/options.ts'
import { usageOf, written } from './line/usage.ts'

const exitCodeRows = [
  ['0', 'Done, and the answer is yes.'],
  ['1', 'Done, and the answer is no: each command says below what that is.'],
  ['2', 'The command line is wrong; nothing was done.'],
  ['3', 'It could not be found out or done: a file, a store or a gate is not there.'],
]

/** The page docs/cli.md. */
export async function cliPage(): Promise<string> {
  const sections: string[] = ['## Commands of one word']
  let before = ''
  for (const [words, { help, load }] of Object.entries(commands)) {
    const [first = '', second] = words.split(' ')
    const about = Object.entries(groups).find(([name]) => name === first)?.[1]
    if (second !== undefined && first !== before && about) sections.push(`## ${first}\n\n${about}`)
    sections.push(section(words, help, await load()))
    before = first
  }
  return `# The command line

<!-- Made from src/cli by \`npm run docs\`; do not edit. -->

In a checkout it is \`npx tollgate\`, in an image or an installation \`node src/cli/main.ts\`. \`--help\` behind any of the
commands below prints what this page says of it. \`source <(tollgate completion bash)\`, or \`zsh\` or \`fish\`, has the shell complete
commands, options and their values.

Results go to standard output; remarks and errors go to standard error. On a terminal, lists are tables with a heading. For a program
or a file they are lines of cells separated by tabs, without heading and colours. With \`--json\` a command prints one JSON document on
one line: a list is an array; one that comes in pages has \`items\` and \`next\`. Moments whose names end in \`Ms\` are milliseconds
since 1970.

${markdownTable(['exit code', 'what it says'], exitCodeRows)}

Commands that read or change what a gate or its store has are recorded in an audit log of the command line
([records.md](records.md#who-used-the-command-line)); they are marked "Recorded" below. Of the others

- \`calls\`, \`usage\`, \`bans\`, \`drain\` and \`reload\` ask a running gate, whose own log has them as uses of its API; it has \`start\`
  as \`gate.started\`;
- \`doctor\` and \`audit verify\` must work even where nothing can be written; they print nothing about anybody;
- \`settings\`, \`completion\`, \`keys declare\`, \`certs\`, \`passport\` and \`audit check\` work on what they are given, and use nothing of a
  gate but its settings.

A \`-\` for a file means standard input where the command says so. It may be no larger than such a file, and not empty.

${sections.join('\n\n')}
`
}

function section(words: string, help: string, command: Command): string {
  const { argument, options, no, recorded, withoutJson } = command
  const rows = [
    ...(argument ? [[`\`${argument.type.written}\``, 'needed', argument.help]] : []),
    ...Object.entries(options).map(([name, option]) => [
      `\`${option.short ? `-${option.short}, ` : ''}${written(name, option)}\``,
      kindOf(option),
      option.help,
    ]),
  ]
  return [
    `### ${words}`,
    `${help}${recorded ? ' Recorded.' : ''}`,
    `\`tollgate ${usageOf(words, command)}\``,
    ...(rows.length > 0 ? [markdownTable(['', 'default', 'what it is'], rows.map(escaped))] : []),
    ...(no === undefined ? [] : [`Ends with 1 where ${no}.`]),
    ...(withoutJson === undefined ? [] : [`No \`--json\`: ${withoutJson}.`]),
  ].join('\n\n')
}

function kindOf({ isNeeded, isList, default: text }: Option): string {
  if (isNeeded) return isList ? 'needed, once or more' : 'needed'
  if (isList) return 'any number'
  return text === undefined ? '-' : `\`${text}\``
}

/** GFM, tables: a bar within a cell. */
function escaped(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => cell.replaceAll('|', '\\|'))
}
