import { type Completed, firstWords, writtenOptions } from './completed.ts'
import type { Options } from './options.ts'
import type { Offer } from './values.ts'

/** What bash reads so that it completes commands, options and their values. */
export function bashScript(commands: readonly Completed[]): readonly string[] {
  const firsts = firstWords(commands)
  const groups = [...firsts].filter(([, seconds]) => seconds.length > 0)
  return [
    '_tollgate() {',
    `  local here=$2 before=$3 command=\${COMP_WORDS[1]}`,
    '  COMPREPLY=()',
    '  if ((COMP_CWORD == 1)); then',
    `    COMPREPLY=($(compgen -W '${[...firsts.keys()].join(' ')}' -- "$here"))`,
    '    return',
    '  fi',
    '  case $command in',
    ...groups.flatMap(([first, seconds]) => [
      `    ${first})`,
      '      if ((COMP_CWORD == 2)); then',
      `        COMPREPLY=($(compgen -W '${seconds.join(' ')}' -- "$here"))`,
      '        return',
      '      fi',
      `      command+=" \${COMP_WORDS[2]}"`,
      '      ;;',
    ]),
    '  esac',
    '  case "$command $before" in',
    ...commands.flatMap(valueLines),
    '  esac',
    '  case $command in',
    ...commands.flatMap(optionLines),
    '  esac',
    '}',
    'complete -F _tollgate tollgate',
  ]
}

function valueLines({ words, command }: Completed): readonly string[] {
  return takers(command.options).flatMap(([names, offers]) => [
    `    ${names.map((name) => `'${words} ${name}'`).join(' | ')})`,
    `      ${reply(offers)}`,
    '      return',
    '      ;;',
  ])
}

/** The options that take a value, each with all its names. */
function takers(options: Options): readonly (readonly [readonly string[], Offer | undefined])[] {
  return Object.entries(options).flatMap(([name, option]) => {
    return option.type ? [[writtenOptions({ [name]: option }), option.type.offers] as const] : []
  })
}

function optionLines({ words, command }: Completed): readonly string[] {
  const names = [...writtenOptions(command.options), '--help'].join(' ')
  const offers = command.argument?.type.offers
  return [
    `    '${words}')`,
    '      if [[ $here == -* ]]; then',
    `        COMPREPLY=($(compgen -W '${names}' -- "$here"))`,
    '      else',
    `        ${reply(offers)}`,
    '      fi',
    '      ;;',
  ]
}

function reply(offers: Offer | undefined): string {
  if (offers === undefined) return ':'
  // What bash itself does with names of files is better: blanks in them, and a slash after folders.
  if (offers === 'files') return 'compopt -o default'
  if (offers === 'directories') return 'compopt -o dirnames'
  return `COMPREPLY=($(compgen -W '${offers.join(' ')}' -- "$here"))`
}
