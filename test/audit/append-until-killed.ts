// Run by kill.test.ts: appends to the log in its first argument and prints the number of each
// event once it is acknowledged, until it is killed. Its tree goes to another thread soon after it begins.
import { openAuditLog } from '../../src/audit/append.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { decided, ringing } from './support.ts'

const [dir = '', from = '0'] = process.argv.slice(2)
const log = await openAuditLog({
  dir,
  clock: systemClock(),
  random: systemRandom(),
  logger: silentLogger,
  publishedIn: 'own_thread_later',
  settings: { spacingMs: 0, gatherMs: 1, unawaitedMs: 1, checkpointEveryMs: 20 },
})

// The log's own timers keep no process alive, and this one lives until it is killed.
setInterval(() => undefined, 60_000)

let next = Number(from)
async function appendForEver(): Promise<never> {
  for (;;) {
    const name = String(next++)
    await log.append(next % 4 === 0 ? ringing(name) : decided(name))
    process.stdout.write(`${name}\n`)
  }
}

await Promise.all(Array.from({ length: 5 }, appendForEver))
