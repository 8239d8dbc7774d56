import { describe, expect, test } from 'vitest'
import { startApart, twoGates } from '../support/engine-apart.ts'
import { summariseAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { startMain } from '../support/gate-main.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { startRedis } from '../support/redis.ts'
import { runSipp, startSipp } from '../support/sipp.ts'

judgeTraffic()

const testTimeoutMs = 120_000
const rate = 10
/** Long enough that every restart has calls that run, and calls that come. */
const holdMs = 1_000
/** More than come while both are restarted: the rest is not placed. */
const calls = 150

async function admittedIn(audit: string): Promise<number> {
  return (await summariseAudit(audit)).admitted.size
}

describe.each(engines)('a rolling restart on an engine apart, the %s one', (kind) => {
  test('of two gates with one Redis under load loses no call', {
    timeout: testTimeoutMs,
  }, async () => {
    await using stack = new AsyncDisposableStack()
    const redis = stack.use(await startRedis())
    const ports = { sipPort: await keepPort(), adminPort: await keepPort() }
    const carrierPort = await keepPort()
    const quiet = { trace: false, timeoutMs: testTimeoutMs }
    stack.use(await startSipp({ ...quiet, scenario: 'uas-answer', port: carrierPort, calls: 1000 }))
    stack.use(await startApart(kind, ports))
    const { files, keys, audits } = await twoGates(stack, {
      ...ports,
      carrierPort,
      settings: {
        store: { adapter: 'redis' },
        redis: { url: redis.url.reveal() },
        drain: { deadlineMs: 20_000 },
      },
    })
    const gates = []
    for (const file of files) gates.push(stack.use(await startMain(file)))
    const load = runSipp({
      ...quiet,
      scenario: 'uac-call',
      remotePort: ports.sipPort,
      called: callable,
      calls,
      rate,
      holdMs,
      keys: { apikey: keys.good, caller: ownNumber, reason: 'none' },
    })
    for (const [nth, file] of files.entries()) {
      const own = audits[nth] ?? ''
      const before = await admittedIn(own)
      await expect.poll(() => admittedIn(own), { timeout: 20_000 }).toBeGreaterThan(before + 2)
      expect(await gates[nth]?.end('SIGTERM')).toBe(0)
      const atEnd = await admittedIn(own)
      stack.use(await startMain(file))
      await expect.poll(() => admittedIn(own), { timeout: 20_000 }).toBeGreaterThan(atEnd)
    }
    const { successful, failed, errors } = await load
    expect({ successful, failed }, errors).toEqual({ successful: calls, failed: 0 })
  })
})
