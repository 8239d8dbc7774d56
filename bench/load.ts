import { setTimeout as delay } from 'node:timers/promises'
import type { TestGate } from '../test/support/gate.ts'
import { callable, type KeyName, ownNumber } from '../test/support/gate-config.ts'
import type { Answers } from '../test/support/gate-process.ts'
import { type Sipp, type SippResult, startSipp } from '../test/support/sipp.ts'

/** One stretch of load: SIPp calls on one side, SIPp answers on the other, on the same machine. */
export interface LoadOptions {
  readonly gate: TestGate
  readonly perSecond: number
  readonly seconds: number
  /** Somebody else stands at the carrier's address. */
  readonly ownCallee?: boolean
  /** How long an admitted call is held. */
  readonly holdMs: number
  /** A key that is refused when given, one that is admitted otherwise. */
  readonly refusal?: Refusal | undefined
}

/** Calls that are to be refused, and why. */
export interface Refusal {
  readonly key: KeyName | 'unknown'
  readonly called?: string
  readonly reason: string
}

/** What both SIPps counted. */
export interface LoadResult {
  readonly calls: number
  readonly failed: number
  /** Requests and responses that either side had to send again. */
  readonly retransmissions: number
  readonly errors: string
}

/** A load that runs; `done` when every call has ended. */
export interface RunningLoad {
  readonly done: Promise<LoadResult>
}

const spareMs = 60_000

/** Every call to another number, more of them than any cache of the gate holds. */
export const numbers = Array.from({ length: 20_000 }, (_, at) =>
  String(14_152_200_000 + at * 37),
).map((digits) => `+${digits}`)

/** Starts the callees, then the callers. */
export async function startLoad(options: LoadOptions): Promise<RunningLoad> {
  const { gate, perSecond, seconds, holdMs, refusal } = options
  const calls = perSecond * seconds
  const common = { calls, trace: false, timeoutMs: seconds * 1000 + holdMs + spareMs }
  const callee =
    refusal || options.ownCallee
      ? undefined
      : await startSipp({ ...common, scenario: 'uas-answer', port: gate.carrierPorts[0] })
  const apikey = refusal?.key === 'unknown' ? gate.unknownKey : gate.keys[refusal?.key ?? 'good']
  const caller = await startSipp({
    ...common,
    holdMs,
    scenario: refusal ? 'uac-refused-403' : 'uac-load',
    rate: perSecond,
    remotePort: gate.sipPort,
    called: refusal?.called ?? callable,
    field0: numbers,
    keys: { apikey, caller: ownNumber, reason: refusal?.reason ?? 'none' },
    // Fine enough that a rate of 300 is not sent in bursts.
    extra: ['-timer_resol', '2'],
  })
  return { done: collect(caller, callee) }
}

/** Runs a load to its end. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  return (await startLoad(options)).done
}

async function collect(caller: Sipp, callee: Sipp | undefined): Promise<LoadResult> {
  const placed = await caller.done
  const taken =
    callee && (await Promise.race([callee.done, delay(3000)])) ? await callee.done : undefined
  const stopped = taken ?? (await callee?.stop())
  const sides: readonly SippResult[] = stopped ? [placed, stopped] : [placed]
  const sum = (pick: (side: SippResult) => number) =>
    sides.reduce((all, side) => all + pick(side), 0)
  return {
    calls: placed.successful,
    failed: sum(({ failed }) => failed),
    retransmissions: sum(({ retransmissions }) => retransmissions),
    errors: placed.errors.slice(0, 500),
  }
}

/** CPU time used between two readings, microseconds. */
export interface CpuSpent {
  readonly mainUs: number
  readonly engineUs: number
  /** Garbage collection, the audit log's writes, compilation: all other threads. */
  readonly otherUs: number
  readonly wholeUs: number
}

export type Reading = Answers['usage']

/** The difference of two readings. */
export function spentBetween(before: Reading, after: Reading): CpuSpent {
  const mainUs = after.mainUs - before.mainUs
  const engineUs = after.engineUs - before.engineUs
  const wholeUs = after.processUs - before.processUs
  return { mainUs, engineUs, wholeUs, otherUs: wholeUs - mainUs - engineUs }
}
