import { parentPort, workerData } from 'node:worker_threads'
import { signerWith } from '../note/key.ts'
import { PublishedTree } from './published-tree.ts'
import type { FromTree, ToTree, TreeSettings } from './tree-thread.ts'

// Entry of the thread that publishes a busy log: hashing, writing and waiting for the disk are done there in
// one go each second, and cost no call a moment.

const { dir, sync, key, state } = workerData as TreeSettings
using tree = new PublishedTree({ dir, sync, signer: signerWith(key) }, state)
const ended = Promise.withResolvers<void>()

function doIt(asked: ToTree): Omit<FromTree, 'id'> {
  if (asked.kind === 'publish') return { offered: tree.publish(Buffer.from(asked.entries.buffer)) }
  if (asked.kind === 'cosign') tree.cosign(asked.cosigned)
  else ended.resolve()
  return {}
}

parentPort?.on('message', (asked: ToTree) => {
  const { id } = asked
  let answer: FromTree
  try {
    answer = { id, ...doIt(asked) }
  } catch (fault) {
    answer = { id, fault }
  }
  parentPort?.postMessage(answer)
})
parentPort?.postMessage({ id: 0 } satisfies FromTree)
await ended.promise
parentPort?.close()
