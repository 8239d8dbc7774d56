import { expect } from 'vitest'
import type { TestGate } from '../support/gate.ts'
import { callable, type KeyName, ownNumber } from '../support/gate-config.ts'
import { verifyIdentity } from '../support/gate-identity.ts'
import { openTripwire, type Tripwire } from '../support/gate-tripwire.ts'
import { runSipp, type Sipp, type SippResult, startSipp } from '../support/sipp.ts'
import { headerValues, type LoggedMessage, startingWith } from '../support/sipp-log.ts'
import type { Callee, Scenario } from './scenarios.ts'

/** The callee's last words may still be on their way when the caller has finished. */
const calleeEndMs = 6000

/** Header fields that an INVITE to a carrier may have; everything else would be a leak. */
const carrierMaySee = new Set(
  `via max-forwards from to call-id cseq contact identity allow supported accept session-expires
  min-se content-type content-length content-disposition date p-asserted-identity`.split(/\s+/),
)

export interface Run {
  readonly gate: TestGate
  readonly transport: 'udp' | 'tcp'
}

/** What the two sides of a scenario have seen. */
export interface Played {
  readonly caller: SippResult
  readonly callees: readonly SippResult[]
}

/** Plays a scenario against the gate and checks what every scenario has to keep. */
export async function playScenario(run: Run, scenario: Scenario): Promise<Played> {
  const { gate, transport } = run
  await using stack = new AsyncDisposableStack()
  const callees: Sipp[] = []
  const tripwires: Tripwire[] = []
  for (const [index, callee] of scenario.carriers.entries()) {
    const port = gate.carrierPorts[index] ?? 0
    if (callee === 'must not be called') tripwires.push(stack.use(await openTripwire(port)))
    else if (isScenario(callee)) {
      callees.push(stack.use(await startCallee({ run, scenario, callee, port })))
    }
  }
  const caller = await runSipp({
    scenario: scenario.caller,
    remotePort: gate.sipPort,
    transport,
    called: scenario.called ?? callable,
    holdMs: scenario.holdMs ?? 300,
    timeoutMs: scenario.slow ? 60_000 : 20_000,
    keys: {
      apikey: keyText(gate, scenario.key ?? 'good'),
      caller: scenario.callerId ?? ownNumber,
      hops: String(scenario.hops ?? 70),
      reason: scenario.reason ?? 'none',
    },
  })
  const seen = await Promise.all(callees.map((callee) => endOf(callee, scenario)))
  expectClean({ scenario, caller, callees: seen, tripwires })
  await gate.idle()
  for (const { messages } of seen) await expectSigned({ gate, scenario, messages })
  return { caller, callees: seen }
}

function isScenario(callee: Callee): callee is `uas-${string}` {
  return callee.startsWith('uas-')
}

interface CalleeStart {
  readonly run: Run
  readonly scenario: Scenario
  readonly callee: string
  readonly port: number
}

function startCallee({ run, scenario, callee, port }: CalleeStart): Promise<Sipp> {
  const { transport } = run
  const holdMs = scenario.holdMs ?? 0
  const timeoutMs = scenario.slow ? 60_000 : 20_000
  return startSipp({ scenario: callee, port, transport, holdMs, timeoutMs })
}

async function endOf(callee: Sipp, scenario: Scenario): Promise<SippResult> {
  const patienceMs = scenario.carrierMayStayUncalled ? 1000 : calleeEndMs
  const timer = Promise.withResolvers<undefined>()
  const handle = setTimeout(() => timer.resolve(undefined), patienceMs)
  const ended = await Promise.race([callee.done, timer.promise])
  clearTimeout(handle)
  return ended ?? (await callee.stop())
}

/** The key as it is presented: one of the gate's, or one that is wrong in a certain way. */
export function keyText(gate: TestGate, key: NonNullable<Scenario['key']>): string {
  const good = gate.keys.good
  if (key === 'malformed') return 'tg_live_no-such-form'
  if (key === 'unknown') return gate.unknownKey
  if (key === 'wrong secret') return gate.wrongSecret
  return key === 'good' ? good : gate.keys[key satisfies KeyName]
}

interface Outcome extends Played {
  readonly scenario: Scenario
  readonly tripwires: readonly Tripwire[]
}

function expectClean({ scenario, caller, callees, tripwires }: Outcome): void {
  for (const side of [caller, ...callees]) {
    const untouched = scenario.carrierMayStayUncalled && side.messages.length === 0
    const { exitCode, successful, failed } = side
    const wanted = untouched ? { successful: 0, failed: 0 } : { successful: 1, failed: 0 }
    const what = `${side.scenario} (exit ${exitCode})\n${side.errors}\n${transcript(side)}`
    expect({ successful, failed }, what).toEqual(wanted)
  }
  for (const { heard } of tripwires) expect(heard, 'a carrier was called').toEqual([])
}

function transcript({ messages }: SippResult): string {
  const lines = messages.map(({ sent, atMs, text }) => {
    const [start = ''] = text.split('\r\n', 1)
    return `${String(atMs % 1_000_000).padStart(6)} ${sent ? '-->' : '<--'} ${start}`
  })
  return lines.join('\n')
}

interface Capture {
  readonly gate: TestGate
  readonly scenario: Scenario
  readonly messages: readonly LoggedMessage[]
}

/** What must be true of every message that a carrier gets. */
async function expectSigned({ gate, scenario, messages }: Capture): Promise<void> {
  const received = messages.filter(({ sent }) => !sent)
  for (const { text } of received) {
    expect(text.toLowerCase()).not.toContain('x-api-key')
    for (const key of Object.values(gate.keys)) expect(text).not.toContain(key)
  }
  const invites = startingWith(received, 'INVITE ')
  for (const { text } of invites) {
    const names = text.split('\r\n\r\n', 1)[0]?.split('\r\n').slice(1) ?? []
    const leaked = names.map((line) => line.split(':', 1)[0]?.trim().toLowerCase() ?? '')
    expect(leaked.filter((name) => !carrierMaySee.has(name))).toEqual([])
  }
  const first = invites[0]
  if (!first) return
  const { attestation = 'A', callerId = ownNumber, called = callable } = scenario
  expect(headerValues(first.text, 'Max-Forwards')).toEqual(['69'])
  // RFC 3325 9.1: what the gate asserts is what it has checked, whatever the caller claimed.
  for (const asserted of headerValues(first.text, 'P-Asserted-Identity')) {
    expect(asserted).toContain(`sip:${callerId}@`)
  }
  const { payload } = await verifyIdentity(first.text)
  expect(payload.attest).toBe(attestation)
  expect(payload.orig.tn).toBe(callerId.slice(1))
  expect(payload.dest.tn).toEqual([called.slice(1)])
  // RFC 8224 4.3: fresh within a minute, by the clock of the one who verifies.
  expect(Math.abs(payload.iat - first.atMs / 1000)).toBeLessThan(60)
}
