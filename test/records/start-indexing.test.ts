import { readdirSync, readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuditLog } from '../../src/audit/append.ts'
import type { Doubt } from '../../src/kernel/believed-clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { CallRecords } from '../../src/records/call-records.ts'
import { IndexFile } from '../../src/records/index-file.ts'
import { startIndexing } from '../../src/records/start-indexing.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { soon } from '../support/soon.ts'
import { answeredCall } from './support.ts'

test('a thread of its own keeps the index of a log, and ends with what the log had at its end', async () => {
  using dir = temporaryDirectory()
  const [auditDir, keysPath, indexPath] = ['audit', 'keys.sqlite', 'index.sqlite'].map((name) =>
    join(dir.path, name),
  ) as [string, string, string]
  const clock = new FakeClock()
  const random = systemRandom()
  const logger = silentLogger
  using keys = new KeyFile({ path: keysPath, masterKey: undefined, random })
  const gone: unknown[] = []
  const settings = { auditDir, indexPath, keysPath, masterKey: undefined, tenants: [] }
  {
    await using _indexing = startIndexing({
      settings,
      clock,
      logger,
      onGone: (what) => gone.push(...what),
    })
    const prepare = createSealing({ keys, clock, random })
    const around = {
      clock,
      random,
      logger,
      settings: { spacingMs: 0, gatherMs: 0, unawaitedMs: 0 },
    }
    await using log = await openAuditLog({ dir: auditDir, ...around, prepare })
    for (const event of answeredCall('+12125550100', '+12125550199')) await log.append(event)
    clock.advance(1000)
  }
  using file = new IndexFile(indexPath)
  expect(new CallRecords(file, keys).search({ called: '+12125550199' }).records).toMatchObject([
    { caller: '+12125550100', carrierId: 'carrier-1', endedBy: 'caller' },
  ])
  expect(gone).toEqual([])
}, 20_000)

test('the thread destroys nothing by a clock that is years past the newest record, and says so', async () => {
  using dir = temporaryDirectory()
  const [auditDir, keysPath, indexPath] = ['audit', 'keys.sqlite', 'index.sqlite'].map((name) =>
    join(dir.path, name),
  ) as [string, string, string]
  // The thread goes by the clock of this machine, three years on.
  const clock = new FakeClock(Date.now() - 3 * 365 * 86_400_000)
  const random = systemRandom()
  const logger = silentLogger
  using keys = new KeyFile({ path: keysPath, masterKey: undefined, random })
  const [gone, doubts]: [unknown[], Doubt[]] = [[], []]
  const settings = { auditDir, indexPath, keysPath, masterKey: undefined, tenants: [] }
  const prepare = createSealing({ keys, clock, random })
  const writing = { spacingMs: 0, gatherMs: 0, unawaitedMs: 0 }
  const around = { clock, random, logger, settings: writing }
  await using log = await openAuditLog({ dir: auditDir, ...around, prepare })
  for (const event of answeredCall('+12125550100', '+12125550199')) await log.append(event)
  const before = keys.list()
  await using _indexing = startIndexing({
    settings,
    clock,
    logger,
    onGone: (what) => gone.push(...what),
    onPostponed: (doubt) => doubts.push(doubt),
  })
  clock.advance(1000)
  await soon(() => expect(doubts).toMatchObject([{ why: 'ahead' }]))
  expect([keys.list(), gone]).toEqual([before, []])
}, 20_000)

/** The nice values of this process's threads. */
function niceOfThreads(): number[] {
  const folder = '/proc/self/task'
  return readdirSync(folder).map((thread) => {
    const stat = readFileSync(join(folder, thread, 'stat'), 'utf8')
    // proc(5): the 19th field; the second may have spaces and ends with a bracket.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  })
}

test.runIf(process.platform === 'linux')(
  'the thread of the index gives way to calls',
  async () => {
    using dir = temporaryDirectory()
    const clock = new FakeClock()
    const [auditDir, keysPath, indexPath] = ['audit', 'keys', 'index'].map((name) =>
      join(dir.path, name),
    ) as [string, string, string]
    const own = getPriority()
    const settings = { auditDir, indexPath, keysPath, masterKey: undefined, tenants: [] }
    await using _indexing = startIndexing({
      settings,
      clock,
      logger: silentLogger,
      onGone: () => undefined,
    })
    clock.advance(1000)
    await soon(() => expect(niceOfThreads()).toContain(constants.priority.PRIORITY_BELOW_NORMAL))
    expect(getPriority()).toBe(own)
  },
  30_000,
)
