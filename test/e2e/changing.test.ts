import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownFolder } from '../support/gate.ts'
import { openedEvents, summariseAudit } from '../support/gate-audit.ts'
import { callable, configFor, ownNumber } from '../support/gate-config.ts'
import { startMain } from '../support/gate-main.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runInProcess } from '../support/run-in-process.ts'
import { runSipp, type Sipp, startSipp } from '../support/sipp.ts'
import { soon } from '../support/soon.ts'

judgeTraffic()

const testTimeoutMs = 90_000
/** Far longer than all the changes take, also on a busy machine. */
const holdMs = 15_000
const calls = 30

/** A gate in a process of its own, two carriers of which the first is its own, and calls that run. */
async function callsThatRun(stack: AsyncDisposableStack) {
  const folder = await ownFolder(stack)
  const sipPort = await keepPort()
  const ports = [await keepPort(), await keepPort()] as const
  const quiet = { trace: false, timeoutMs: testTimeoutMs }
  const answering = { ...quiet, scenario: 'uas-answer', calls: 1000 }
  const first = stack.use(await startSipp({ ...answering, port: ports[0] }))
  const second = stack.use(await startSipp({ ...answering, port: ports[1] }))
  const { text, keys } = configFor({
    engine: { kind: 'embedded', sipPort },
    folder,
    identityPort: await keepPort(),
    carrierPorts: [ports[0]],
  })
  const file = join(folder, 'tollgate.yaml')
  await writeFile(file, text)
  const gate = stack.use(await startMain(file))
  const auditDir = join(folder, 'audit')
  const calling = { ...quiet, remotePort: sipPort, called: callable }
  const load = runSipp({
    ...calling,
    scenario: 'uac-call',
    calls,
    rate: calls,
    holdMs,
    keys: { apikey: keys.good, caller: ownNumber, reason: 'none' },
  })
  await soon(async () => expect((await summariseAudit(auditDir)).admitted.size).toBe(calls))
  return {
    gate,
    file,
    first,
    second,
    load,
    settings: JSON.parse(text),
    before: calls,
    /** Waits until the gate has written that it goes by what was changed of this. */
    changed: (subject: string) =>
      soon(async () => {
        const events = await openedEvents(auditDir)
        const start = events.findIndex(({ type }) => type === 'gate.started')
        const after = events.slice(start).map((each) => each.type === 'config.changed' && each)
        expect(after.some((each) => each && each.subject === subject && each.before)).toBe(true)
      }),
    ended: async () => (await summariseAudit(auditDir)).ended.size,
    call: (scenario: string, reason: string) =>
      runSipp({
        ...calling,
        scenario,
        holdMs: 50,
        keys: { apikey: keys.good, caller: ownNumber, reason },
      }),
  }
}

/** Has the gate go by other carriers, and then by another policy, while its calls run. */
async function changesUnderCalls(
  world: Awaited<ReturnType<typeof callsThatRun>>,
  change: (lists: object) => Promise<void>,
): Promise<void> {
  const { settings, first, second } = world
  const [carrier] = settings.carriers
  const gateways = [{ ...carrier.gateways[0], port: second.port }]
  await change({ carriers: [{ ...carrier, gateways }] })
  await world.changed('carrier')
  expect(await world.call('uac-call', 'none')).toMatchObject({ successful: 1, failed: 0 })
  const policies = settings.policies.map((each: object) => ({ ...each, regions: ['CA'] }))
  await change({ policies, carriers: [{ ...carrier, gateways }] })
  await world.changed('policy')
  const refused = await world.call('uac-refused-403', 'geo_country_denied')
  expect(refused.successful, refused.errors).toBe(1)
  expect(await world.ended()).toBeLessThan(calls)
  const { successful, failed, errors } = await world.load
  expect({ successful, failed }, errors).toEqual({ successful: calls, failed: 0 })
  const came = async ({ stop }: Sipp) => (await stop()).statistics.get('TotalCallCreated')
  expect([await came(first), await came(second)]).toEqual([world.before, 1])
}

test.concurrent('calls run on through an `apply` that changes their carriers and their policy; the next ones follow it', {
  timeout: testTimeoutMs,
}, async () => {
  await using stack = new AsyncDisposableStack()
  const world = await callsThatRun(stack)
  await changesUnderCalls(world, async (lists) => {
    const wanted = `${world.file}.wanted.yaml`
    await writeFile(wanted, JSON.stringify(lists))
    const done = await runInProcess('apply', '-f', wanted, '--config', world.file, '--yes')
    expect(done).toMatchObject({ code: 0 })
  })
})

test.concurrent('calls run on through a SIGHUP that changes their carriers and their policy; a bad file changes nothing', {
  timeout: testTimeoutMs,
}, async () => {
  await using stack = new AsyncDisposableStack()
  const world = await callsThatRun(stack)
  const { gate, file, settings } = world
  const policies = [...settings.policies, { id: 'torn', regions: ['US'], homeRegion: 'Atlantis' }]
  await writeFile(file, JSON.stringify({ ...settings, carriers: [], policies }))
  gate.signal('SIGHUP')
  const index = policies.length - 1
  await soon(() => expect(gate.output()).toContain(`policies[${index}].homeRegion`))
  expect(gate.output()).toContain('the reload failed: nothing of it is used')
  expect(await world.call('uac-call', 'none')).toMatchObject({ successful: 1 })
  await changesUnderCalls({ ...world, before: calls + 1 }, async (lists) => {
    await writeFile(file, JSON.stringify({ ...settings, ...lists }))
    gate.signal('SIGHUP')
  })
})
