import { parentPort, workerData } from 'node:worker_threads'
import { Searching, type SearchSettings, type ToSearching } from './searching.ts'

// Entry of the thread that searches: SQLite makes whoever calls it wait, and no call may.

const searching = new Searching(workerData as SearchSettings)
parentPort?.on('message', (message: ToSearching) => {
  if (message.query) {
    parentPort?.postMessage(searching.answer(message))
    return
  }
  searching[Symbol.dispose]()
  parentPort?.close()
})
