import { workerData } from 'node:worker_threads'
import { answerQuestions } from '../../kernel/asked-thread.ts'
import { signerWith } from '../note/key.ts'
import type { Offered } from '../witness.ts'
import { PublishedTree } from './published-tree.ts'
import type { AskedOfTree, TreeSettings } from './tree-thread.ts'

// Entry of the thread that publishes a busy log: hashing, writing and waiting for the disk are done there in
// one go each second, and cost no call a moment.

const { dir, sync, key, state } = workerData as TreeSettings
using tree = new PublishedTree({ dir, sync, signer: signerWith(key) }, state)

await answerQuestions((asked: AskedOfTree): Offered | undefined => {
  if (asked.kind === 'publish') return tree.publish(Buffer.from(asked.entries.buffer))
  if (asked.kind === 'cosign') tree.cosign(asked.cosigned)
  return undefined
})
