import { command, exitCodes } from './command.ts'
import type { Completed } from './line/completed.ts'
import type { CommandRow } from './line/parse.ts'
import { bashScript } from './line/script-bash.ts'
import { fishScript } from './line/script-fish.ts'
import { zshScript } from './line/script-zsh.ts'
import { choice } from './line/values.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** `tollgate completion bash`: commands, their options and values, for the shell to offer. */
export function completionOf(rows: Readonly<Record<string, CommandRow>>) {
  return command({
    argument: { type: choice(['bash', 'zsh', 'fish']), help: 'Which shell.' },
    options: {},
    withoutJson: 'what it prints is for a shell',
    async run({ argument: shell }, terminal) {
      const completed: Completed[] = []
      for (const [words, { help, load }] of Object.entries(rows)) {
        completed.push({ words, help, command: await load() })
      }
      for (const line of scripts[shell](completed)) terminal.out(line)
      return exitCodes.ok
    },
  })
}
