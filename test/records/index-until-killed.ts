import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '../../src/kernel/random.ts'
import { batchEntries, Indexer } from '../../src/records/indexer.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { masterKey } from '../sealing/support.ts'

// Keeps the index of a log up, and dies by SIGKILL in the middle of a batch.

const [dir = '', logPath = '', afterBatches] = process.argv.slice(2)
const leaves = JSON.parse(readFileSync(logPath, 'utf8')) as string[]
const random = systemRandom()
const keys = new KeyFile({ path: join(dir, 'keys.sqlite'), masterKey, random })
let read = 0
const indexer = new Indexer({
  path: join(dir, 'index.sqlite'),
  keys,
  source: async function* entries(from, to = leaves.length) {
    for (let index = from; index < to; index++) {
      const leaf = Buffer.from(leaves[index] ?? '')
      const { atMs, event } = JSON.parse(leaf.toString())
      const isLast = read++ === (Number(afterBatches) + 0.5) * batchEntries
      const entry = {
        index,
        leaf,
        atMs,
        // It is asked for within the step that takes its batch.
        get event() {
          if (isLast) process.kill(process.pid, 'SIGKILL')
          return event
        },
      }
      yield [entry]
    }
  },
  onAnew: () => undefined,
})
await indexer.catchUp()
