import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { programPath } from '../support/programs.ts'

/** The verifier that was written from docs/audit.md alone; answers `ok`, or `bad` and why. */
export function startVerifier() {
  const child = spawn(programPath('python3'), [join(import.meta.dirname, 'verifier.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    ask: async (...words: string[]): Promise<string> => {
      child.stdin.write(`${words.join('\t')}\n`)
      return String((await answers.next()).value)
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}
