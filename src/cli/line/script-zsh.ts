import { type Completed, firstWords } from './completed.ts'
import type { Option } from './options.ts'
import type { Offer } from './values.ts'

/** What zsh reads so that it completes commands, options and their values, each with its help. */
export function zshScript(commands: readonly Completed[]): readonly string[] {
  const firsts = firstWords(commands)
  const groups = [...firsts].filter(([, seconds]) => seconds.length > 0)
  return [
    '#compdef tollgate',
    '_tollgate() {',
    '  local command=$words[2] skip=1',
    '  if ((CURRENT == 2)); then',
    `    compadd -- ${[...firsts.keys()].join(' ')}`,
    '    return',
    '  fi',
    '  case $command in',
    ...groups.flatMap(([first, seconds]) => [
      `    ${first})`,
      '      if ((CURRENT == 3)); then',
      `        compadd -- ${seconds.join(' ')}`,
      '        return',
      '      fi',
      '      command+=" $words[3]"',
      '      skip=2',
      '      ;;',
    ]),
    '  esac',
    '  shift $skip words',
    '  ((CURRENT -= skip))',
    '  case $command in',
    ...commands.flatMap(caseLines),
    '  esac',
    '}',
    // Sourced it is defined; found by its name in fpath it is called.
    `if [[ $funcstack[1] == _tollgate ]]; then _tollgate "$@"; else compdef _tollgate tollgate; fi`,
  ]
}

function caseLines({ words, command: { argument, options } }: Completed): readonly string[] {
  const specs = [
    ...Object.entries(options).flatMap(([name, option]) => optionSpecs(name, option)),
    "'--help[Print this.]'",
    ...(argument ? [`'1:${quoted(argument.type.written)}:${action(argument.type.offers)}'`] : []),
  ]
  return [`    '${words}')`, `      _arguments ${specs.join(' ')}`, '      ;;']
}

function optionSpecs(name: string, option: Option): readonly string[] {
  const { help, type, short, isList } = option
  const value = type ? `:${quoted(type.written)}:${action(type.offers)}` : ''
  const rest = `[${quoted(help)}]${value}`
  const many = isList ? '*' : ''
  return [`'${many}--${name}${rest}'`, ...(short ? [`'${many}-${short}${rest}'`] : [])]
}

function action(offers: Offer | undefined): string {
  if (offers === undefined) return ' '
  if (offers === 'files') return '_files'
  if (offers === 'directories') return '_files -/'
  return `(${offers.join(' ')})`
}

/** Within single quotes, brackets and colons. */
function quoted(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''")
}
