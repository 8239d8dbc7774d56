import { type Completed, firstWords } from './completed.ts'
import type { Option } from './options.ts'
import type { Offer } from './values.ts'

/** What fish reads so that it completes commands, options and their values, each with its help. */
export function fishScript(commands: readonly Completed[]): readonly string[] {
  const firsts = [...firstWords(commands)]
  return [
    'complete -c tollgate -f',
    `complete -c tollgate -n __fish_use_subcommand -a '${firsts.map(([first]) => first).join(' ')}'`,
    ...firsts.flatMap(([first, seconds]) => {
      if (seconds.length === 0) return []
      const list = seconds.join(' ')
      const isOpen = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${list}`
      return [`complete -c tollgate -n '${isOpen}' -a '${list}'`]
    }),
    ...commands.flatMap(commandLines),
  ]
}

function commandLines({ words, command: { argument, options } }: Completed): readonly string[] {
  const seen = words
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ')
  const begin = `complete -c tollgate -n '${seen}'`
  return [
    ...Object.entries(options).map(([name, option]) => `${begin} ${optionText(name, option)}`),
    ...(argument?.type.offers ? [`${begin}${offered(argument.type.offers)}`] : []),
  ]
}

function optionText(name: string, { help, type, short }: Option): string {
  // Exclusive of files, but where these are what is wanted.
  const needs = type?.offers === 'files' ? ' -r' : ' -x'
  const value = type ? `${needs}${offered(type.offers)}` : ''
  return `-l ${name}${short ? ` -s ${short}` : ''}${value} -d '${help.replace(/[\\']/g, '\\$&')}'`
}

function offered(offers: Offer | undefined): string {
  if (offers === undefined) return ''
  if (offers === 'files') return ' -F'
  if (offers === 'directories') return " -a '(__fish_complete_directories)'"
  return ` -a '${offers.join(' ')}'`
}
