import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'

const program = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

/** Runs the command line as an operator does; gives the wall time of its first word. */
export async function runCommandLine(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  })
  let said = ''
  let saidAtMs = 0
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      saidAtMs ||= Date.now()
      said += chunk.toString()
    })
  }
  const [code] = await once(child, 'exit')
  expect(code, said).toBe(0)
  return saidAtMs
}
