import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AuditResumed } from '../../src/audit/event.ts'
import { readEntries } from '../../src/audit/read.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit, summariseAudit, unrecordedOf } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, type SippOptions, startSipp } from '../support/sipp.ts'
import { answeredCalls } from '../support/sipp-log.ts'
import { limitedDisk, mountedDisk, type SmallDisk } from '../support/small-disk.ts'
import { soon } from '../support/soon.ts'

judgeTraffic()

const testTimeoutMs = 120_000
const callsBefore = 40
const perSecond = 30

function caller(gate: TestGate, scenario: string): SippOptions {
  const keys = { apikey: gate.keys.good, caller: ownNumber, reason: 'audit_unavailable' }
  const timeoutMs = testTimeoutMs
  return { scenario, remotePort: gate.sipPort, called: callable, keys, holdMs: 200, timeoutMs }
}

async function resumptions(dir: string): Promise<AuditResumed[]> {
  const found: AuditResumed[] = []
  for await (const { event } of readEntries(dir))
    if (event.type === 'audit.resumed') found.push(event)
  return found
}

async function folderOfCopy(from: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tollgate-copy-'))
  await cp(from, path, { recursive: true })
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

async function fillDuringCalls(disk: SmallDisk): Promise<void> {
  const auditDir = join(disk.outside, 'audit')
  await using stack = new AsyncDisposableStack()
  const settings = {
    store: { path: join(disk.folder, 'store.sqlite') },
    audit: { dir: join(disk.folder, 'audit') },
  }
  const gate = stack.use(await startTestGate({ through: disk.through, settings }))
  const [port] = gate.carrierPorts
  const carrier = { scenario: 'uas-answer', port, calls: 100_000, trace: false }
  await using _carrier = await startSipp({ ...carrier, timeoutMs: testTimeoutMs })
  const load = { ...caller(gate, 'uac-call'), calls: 100_000, rate: perSecond }
  await using calls = await startSipp(load)
  await soon(async () => {
    expect((await summariseAudit(auditDir)).admitted.size).toBeGreaterThan(callsBefore)
  })

  await disk.fill(gate.pid)
  await soon(() => expect(gate.output()).toContain('The audit log cannot be written'))
  const refused = await runSipp(caller(gate, 'uac-refused-503'))
  expect(refused.successful, refused.errors).toBe(1)
  await soon(() => expect(gate.output()).toContain('The audit log still cannot be written'))

  await disk.free(gate.pid)
  await soon(async () => expect(await resumptions(auditDir)).toHaveLength(1))
  await soon(async () => {
    const again = await runSipp(caller(gate, 'uac-call'))
    expect(again.successful, again.errors).toBe(1)
  })
  const { messages } = await calls.stop()
  const heard = answeredCalls(messages)
  // Those that were being set up when the disk was full heard 503.
  expect(heard.length).toBeGreaterThan(callsBefore / 2)
  await stack.disposeAsync()
  // SQLite does not follow the path by which we see it.
  await using copy = await folderOfCopy(disk.outside)
  expect(await unrecordedOf(heard, join(copy.path, 'audit'))).toEqual([])
  // The ends of calls that ran meanwhile were kept, and their leases given back: the gate has looked.
  await expectWholeAudit(auditDir)
  const [resumed] = await resumptions(auditDir)
  expect(resumed).toMatchObject({ lost: 0 })
  expect(resumed?.kept).toBeGreaterThan(0)
}

test.concurrent('a full disk refuses calls with 503 and loses no answered one, and the gate goes on by itself', {
  timeout: testTimeoutMs,
}, async () => {
  // Where nothing may be mounted, the kernel refuses the writes of a folder like any other.
  await using disk = (await mountedDisk()) ?? (await limitedDisk())
  await fillDuringCalls(disk)
})

test.concurrent('a disk that takes not one byte more of a file is full as well', {
  timeout: testTimeoutMs,
}, async () => {
  await using disk = await limitedDisk()
  await fillDuringCalls(disk)
})
