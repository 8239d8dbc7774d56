import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const script = join(import.meta.dirname, 'flood-sender.ts')

export interface FloodOptions {
  /** Whom it floods, on 127.0.0.1. */
  readonly port: number
  /** INVITEs a second, each a new one. */
  readonly perS: number
  /** From how many addresses of 127.0.0.0/8. */
  readonly sources: number
}

/** A flood that runs in a process of its own. Leaving its scope ends it. */
export interface Flood extends AsyncDisposable {
  /** Ends it and tells how many INVITEs were sent in how many seconds. */
  stop(): Promise<{ readonly sent: number; readonly seconds: number }>
}

/** Starts a flood; resolves when it has begun. */
export async function startFlood({ port, perS, sources }: FloodOptions): Promise<Flood> {
  const args = [script, port, perS, sources].map(String)
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    stop: async () => {
      child.stdin.write('stop\n')
      const [told] = await once(child.stdout, 'data')
      return JSON.parse(String(told))
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
