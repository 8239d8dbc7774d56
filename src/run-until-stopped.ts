import { Failure } from './kernel/failure.ts'
import { createLogger } from './kernel/logger.ts'

/** What is run: drained at the first signal, then disposed of. */
export interface Running extends AsyncDisposable {
  /** Reads again what may change while it runs: at SIGHUP, which without it ends the process. */
  reload?(): Promise<unknown>
  drain(): Promise<void>
  /** Resolves when it can never again do its work. */
  readonly failed: Promise<Failure>
}

/** A terminal's Ctrl-C reaches us directly and by way of npm: within this time it is one signal. */
const sameSignalMs = 300

/**
 * Runs until SIGTERM or SIGINT. The first drains and ends with 0, the second ends at once with 1; one
 * that comes during the start waits for its end. SIGHUP reloads what can be reloaded. An error that nobody handles ends it with 1 as
 * well: what state it left is unknown.
 */
export async function runUntilStopped(start: () => Promise<Running>): Promise<void> {
  process.on('uncaughtException', (error) => endWith(error))
  process.on('unhandledRejection', (error) => endWith(error))
  // Whoever read our output may go away; calls go on.
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  const stopped = firstSignal()
  let running: Running
  try {
    running = await start()
  } catch (error) {
    endWith(error)
    return
  }
  if (running.reload) process.on('SIGHUP', () => reload(running))
  await Promise.race([stopped, running.failed.then(endWith)])
  process.stdout.write('Draining: no new calls. A second signal ends those in progress.\n')
  await running.drain()
  await running[Symbol.asyncDispose]()
  process.exit(0)
}

/** What cannot be read again stays as it was: that is no reason to end. */
function reload(running: Running): void {
  running.reload?.().catch((error: unknown) => {
    const why = error instanceof Failure ? error.message : String(error)
    process.stderr.write(`Tollgate goes on with what it has: ${why}\n`)
  })
}

/** Resolves at the first signal; the second ends the process. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined
    const take = () => {
      const nowMs = process.uptime() * 1000
      firstMs ??= nowMs
      if (nowMs - firstMs > sameSignalMs) process.exit(1)
      resolve()
    }
    process.on('SIGINT', take)
    process.on('SIGTERM', take)
  })
}

/** Says why: what an operator can mend by its sentence, a bug by its stack, no secret in it. */
function endWith(error: unknown): void {
  if (error instanceof Failure) process.stderr.write(`Tollgate ends: ${error.message}\n`)
  else
    createLogger('error').error({ err: error }, 'Tollgate ends by an error that nobody expected.')
  process.exit(1)
}
