import { type Command, exitCodes, UsageError } from './command.ts'

const shells = {
  bash: (words) => `complete -W '${words.join(' ')}' -o default tollgate`,
  zsh: (words) => `#compdef tollgate\ncompadd -- ${words.join(' ')}\n_files`,
  fish: (words) => `complete -c tollgate -a '${words.join(' ')}'`,
} as const satisfies Record<string, (words: readonly string[]) => string>

/** `tollgate completion bash`: words and options of all commands, for the shell to offer. */
export function completionOf(commands: readonly Command[]): Command {
  return {
    usage: 'completion <bash|zsh|fish>',
    help: 'Print what lets a shell complete words and options: `source <(tollgate completion bash)`.',
    async run([shell = ''], terminal) {
      const make = Object.entries(shells).find(([name]) => name === shell)?.[1]
      if (!make) throw new UsageError('bash, zsh or fish is needed')
      const words = commands.flatMap(
        ({ usage }) => usage.match(/^[a-z-]+( [a-z-]+)?|--[a-z-]+/g) ?? [],
      )
      const single = new Set(words.flatMap((found) => found.split(' ')))
      terminal.out(make([...single].sort()))
      return exitCodes.ok
    },
  }
}
