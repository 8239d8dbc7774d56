import { Session } from 'node:inspector/promises'

/** One thread after a collection. */
export interface CollectedThread {
  /** URL of the program it runs; none for the main thread. */
  readonly url?: string
  readonly heapBytes: number
}

/** Asks the inspector of one thread. */
type Ask = (method: string) => Promise<unknown>

/**
 * Collects all garbage of the main thread and of every worker, and has V8 give the pages that it keeps
 * for later back to the system. The main thread comes first.
 *
 * A heap snapshot would collect as well, but takes tens of megabytes for itself that stay taken.
 */
export async function collectThreads(): Promise<readonly CollectedThread[]> {
  const session = new Session()
  session.connect()
  try {
    const main = await collectedHeap((method) => session.post(method as 'Runtime.getHeapUsage'))
    const workers = await workersOf(session)
    const collected = workers.map(async ({ url, ask }) => ({
      url,
      heapBytes: await collectedHeap(ask),
    }))
    return [{ heapBytes: main }, ...(await Promise.all(collected))]
  } finally {
    await session.post('NodeWorker.disable')
    session.disconnect()
  }
}

async function collectedHeap(ask: Ask): Promise<number> {
  await ask('HeapProfiler.collectGarbage')
  const { usedSize } = (await ask('Runtime.getHeapUsage')) as { usedSize: number }
  return usedSize
}

/** The workers that run now, each with its way to its inspector. */
async function workersOf(session: Session): Promise<readonly { url: string; ask: Ask }[]> {
  const workers: { url: string; ask: Ask }[] = []
  const waiting = new Map<string, (result: unknown) => void>()
  let lastId = 0
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    const ask = async (method: string) => {
      const id = ++lastId
      const { promise, resolve } = Promise.withResolvers<unknown>()
      waiting.set(`${sessionId} ${id}`, resolve)
      const message = JSON.stringify({ id, method })
      await session.post('NodeWorker.sendMessageToWorker', { sessionId, message })
      return promise
    }
    workers.push({ url: workerInfo.url, ask })
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const { id, result } = JSON.parse(message) as { id?: number; result?: unknown }
    waiting.get(`${sessionId} ${id}`)?.(result)
  })
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  return workers
}
