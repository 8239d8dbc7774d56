import type { Worker } from 'node:worker_threads'
import type { Clock } from './clock.ts'

/** How long a thread may take to end by itself. */
export interface EndTime {
  readonly clock: Clock
  readonly endTimeoutMs: number
}

/**
 * Resolves when a thread that was told to end has ended, at once if it already had. It is ended by force when
 * its time is over; without one it takes as long as it takes. Meanwhile it keeps the process alive.
 */
export async function endThread(worker: Worker, time?: EndTime): Promise<void> {
  // That of a thread which has ended.
  if (worker.threadId === -1) return
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.ref()
  const tooLong = time?.clock.after(time.endTimeoutMs, () => void worker.terminate())
  await ended
  tooLong?.cancel()
}
