// Run by append.test.ts: writes a decision and, at once after it, the last event of a gate, with
// nothing but the log to keep the process alive.
import { auditDefaults, openAuditLog } from '../../src/audit/append.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { admitted } from './support.ts'

const [dir = ''] = process.argv.slice(2)
{
  await using log = await openAuditLog({
    dir,
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger,
    settings: { spacingMs: 10 * auditDefaults.spacingMs },
  })
  await log.append(admitted('a'))
  await log.append({ type: 'gate.stopped', cause: 'closed' })
}
process.stdout.write('ended')
