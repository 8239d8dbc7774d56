import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const readyTimeoutMs = 20_000
const endTimeoutMs = 30_000

/** The program as an operator starts it: `node src/main.ts --config <file>`. */
export interface MainProgram extends AsyncDisposable {
  readonly output: () => string
  /** Sends a signal that does not end it. */
  signal(signal: 'SIGHUP'): void
  /** Sends the signal and resolves with the exit code, null where the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts it and waits for the line that says it is ready. */
export async function startMain(configFile: string): Promise<MainProgram> {
  const args = [join(root, 'src', 'main.ts'), '--config', configFile]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
    cwd: root,
  })
  let output = ''
  const ready = Promise.withResolvers<void>()
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
    if (output.includes('Tollgate is ready')) ready.resolve()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  child.once('exit', () => ready.reject(new Error(`the gate has ended:\n${output}`)))
  const timer = setTimeout(() => ready.reject(new Error('never ready')), readyTimeoutMs)
  const end = (signal: NodeJS.Signals) => endProcess(child, signal)
  try {
    await ready.promise
  } catch (error) {
    await end('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
  }
  return {
    output: () => output,
    signal: (signal) => void child.kill(signal),
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
    await exited
    clearTimeout(timer)
  }
  return child.exitCode
}
