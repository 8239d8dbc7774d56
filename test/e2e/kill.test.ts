import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/audit/verify.ts'
import { ownFolder } from '../support/gate.ts'
import { summariseAudit, unrecordedOf } from '../support/gate-audit.ts'
import { callable, configFor, type KeyName, ownNumber } from '../support/gate-config.ts'
import { startMain } from '../support/gate-main.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, type SippOptions, startSipp } from '../support/sipp.ts'
import { answeredCalls } from '../support/sipp-log.ts'

judgeTraffic()

const testTimeoutMs = 120_000
const load = 400
const perSecond = 100
/** Most calls are up then, and others on their way. */
const killAfterMs = 2500

test('after kill -9 among hundreds of calls the log verifies and the next start is whole', {
  timeout: testTimeoutMs,
}, async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await ownFolder(stack)
  const [sipPort, identityPort, carrierPort] = [
    await keepPort(),
    await keepPort(),
    await keepPort(),
  ]
  const engine = { kind: 'embedded', sipPort } as const
  const { text, keys } = configFor({ engine, folder, identityPort, carrierPorts: [carrierPort] })
  const file = join(folder, 'tollgate.yaml')
  await writeFile(file, text)
  const auditDir = join(folder, 'audit')
  const caller = (key: KeyName, scenario: string): SippOptions => ({
    scenario,
    remotePort: sipPort,
    called: callable,
    keys: { apikey: keys[key], caller: ownNumber, reason: 'daily_limit_exceeded' },
  })
  const quiet = { trace: false, timeoutMs: testTimeoutMs }
  const carrier = { ...quiet, scenario: 'uas-answer', port: carrierPort, calls: 10_000 }

  const first = stack.use(await startMain(file))
  const firstCarrier = stack.use(await startSipp(carrier))
  const spent = await runSipp({ ...caller('daily', 'uac-call'), calls: 3, holdMs: 50 })
  expect(spent.successful, spent.errors).toBe(3)
  const single = stack.use(
    await startSipp({ ...caller('single', 'uac-call'), ...quiet, holdMs: 60_000 }),
  )
  const flood = stack.use(
    await startSipp({
      ...caller('good', 'uac-call'),
      timeoutMs: testTimeoutMs,
      calls: load,
      rate: perSecond,
      holdMs: 60_000,
    }),
  )
  await delay(killAfterMs)
  expect(await first.end('SIGKILL')).toBeNull()
  const { messages } = await flood.stop()
  for (const sipp of [single, firstCarrier]) await sipp.stop()

  const report = await verifyLog(auditDir)
  expect(report.fault).toBeUndefined()
  const { admitted } = await summariseAudit(auditDir)
  expect(admitted.size).toBeGreaterThan((perSecond * killAfterMs) / 1000 / 2)

  const heard = answeredCalls(messages)
  expect(heard.length).toBeGreaterThan((perSecond * killAfterMs) / 1000 / 2)
  expect(await unrecordedOf(heard, auditDir), 'answered, and not on record').toEqual([])

  await using second = await startMain(file)
  await using _carrier = await startSipp(carrier)
  const again = await runSipp({ ...caller('single', 'uac-call'), holdMs: 100 })
  expect(again.successful, `the slot of the killed call is free\n${again.errors}`).toBe(1)
  const overTheDay = await runSipp(caller('daily', 'uac-refused-403'))
  expect(overTheDay.successful, 'the calls of the day are not forgotten').toBe(1)
  expect(await second.end('SIGTERM')).toBe(0)
  const grown = await verifyLog(auditDir)
  expect(grown.fault).toBeUndefined()
  expect(grown.entries).toBeGreaterThan(report.entries + report.uncovered)
})
