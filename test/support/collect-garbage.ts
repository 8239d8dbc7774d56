import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'

v8.setFlagsFromString('--expose-gc')

/** Collects all garbage of this thread now: Node has it without a flag on its command line only so. */
export const collectGarbage: () => void = runInNewContext('gc')

/** What this thread holds, bytes, once so many rounds have found what is to be collected. */
export async function collectedBytes(rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
