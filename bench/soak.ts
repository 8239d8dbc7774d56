import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate, type TestGate } from '../test/support/gate.ts'
import { callable, ownNumber } from '../test/support/gate-config.ts'
import { type Sipp, type SippOptions, startSipp } from '../test/support/sipp.ts'
import { numbers } from './load.ts'
import type { Plan } from './plan.ts'
import type { Report, Row } from './report.ts'
import { SoakCarrier, unusual } from './soak-carrier.ts'

/** How calls go on, and what share of all does. */
const kinds: readonly { readonly share: number; readonly how: Partial<SippOptions> }[] = [
  { share: 0.48, how: { scenario: 'uac-load', field0: numbers, holdMs: 500 } },
  { share: 0.16, how: { scenario: 'uac-bye-from-callee', called: unusual.leaving } },
  { share: 0.12, how: { scenario: 'uac-cancel-ringing', called: unusual.ringing } },
  { share: 0.1, how: { scenario: 'uac-hears-486', called: unusual.busy } },
  { share: 0.06, how: { scenario: 'uac-reinvite', called: callable, holdMs: 200 } },
  { share: 0.02, how: { scenario: 'uac-hears-408', called: unusual.ringing } },
  { share: 0.06, how: { scenario: 'uac-refused-403', called: callable } },
]
/** Some less than the time after which the gate gives up on a phone that rings. */
const ringTimeoutMs = 3000
const spareMs = 60_000
/** Past the life of every transaction, and then some for what is written afterwards. */
const forgottenWithinMs = 60_000
const settleMs = 5000
const bytesPerMb = 1024 * 1024
/** What calls may leave behind: noise, which no number of calls adds to, and less than an object each. */
const heapMax = { noiseBytes: 3 * bytesPerMb, perCallBytes: 64 }
const residentMax = { noiseBytes: 40 * bytesPerMb, perCallBytes: 256 }

type Holdings = Awaited<ReturnType<typeof holdingsOf>>

/** Whether memory and handles stay flat over a day's calls; throws when they don't, or a call fails. */
export async function soak({ soak: plan }: Plan): Promise<Report> {
  await using gate = await startTestGate({ ringTimeoutMs, callsMax: 20_000 })
  using carrier = await SoakCarrier.open(gate.carrierPorts[0] ?? 0)
  const rows: Row[] = []
  const seen: Holdings[] = []
  let calls = 0
  for (let round = 1; round <= plan.rounds; round++) {
    const played = await play(gate, plan)
    calls += played.calls
    const held = await holdingsOf(gate)
    seen.push(held)
    rows.push({
      calls,
      failed: played.failed,
      'heap MB': held.heapBytes / bytesPerMb,
      'engine heap MB': held.engineHeapBytes / bytesPerMb,
      'index heap MB': held.indexHeapBytes / bytesPerMb,
      'resident MB': held.residentBytes / bytesPerMb,
      'with garbage MB': held.withGarbageBytes / bytesPerMb,
      handles: held.resources,
      'open files': held.fileDescriptors,
      dialogs: held.dialogs,
      transactions: held.transactions,
      leases: held.leases,
      'at the carrier': carrier.size,
    })
  }
  const faults = faultsOf(seen, calls / plan.rounds)
  if (rows.some(({ failed }) => failed !== 0)) faults.push('calls failed')
  if (faults.length > 0) throw new Error(`${faults.join('; ')}\n${JSON.stringify(rows)}`)
  return {
    name: 'soak',
    title: `What a gate holds after each round of mixed calls at ${plan.perSecond} calls/s`,
    rows,
    notes: [
      'heaps: of the main thread, the engine and the index; resident: all threads, garbage collected',
      'with garbage: what was resident before that',
    ],
  }
}

/** One round, to the last of its callers. */
async function play(gate: TestGate, { seconds, perSecond }: Plan['soak']) {
  const callers = await Promise.all(
    kinds.map(({ share, how }) =>
      startCaller(gate, how, { perSecond: perSecond * share, seconds }),
    ),
  )
  const results = await Promise.all(callers.map(({ done }) => done))
  const sum = (of: 'successful' | 'failed') => results.reduce((all, each) => all + each[of], 0)
  return { calls: sum('successful'), failed: sum('failed') }
}

function startCaller(
  gate: TestGate,
  how: Partial<SippOptions>,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Sipp> {
  const isRefused = how.scenario === 'uac-refused-403'
  const apikey = isRefused ? gate.unknownKey : gate.keys.good
  return startSipp({
    scenario: 'uac-load',
    ...how,
    rate: perSecond,
    calls: Math.round(perSecond * seconds),
    trace: false,
    timeoutMs: seconds * 1000 + spareMs,
    remotePort: gate.sipPort,
    keys: { apikey, caller: ownNumber, reason: isRefused ? 'credentials_invalid' : 'none' },
  })
}

/** What the gate holds once it has forgotten all calls. */
async function holdingsOf(gate: TestGate) {
  const deadline = performance.now() + forgottenWithinMs
  for (;;) {
    const { transactions } = await gate.ask('sizes')
    if (transactions === 0 || performance.now() > deadline) break
    await delay(1000)
  }
  await delay(settleMs)
  const { leases } = await gate.ask('counts')
  return { leases, ...(await gate.ask('sizes')), ...(await gate.ask('holdings')) }
}

/** What is left behind, and what grows in the second half: until then memory is still being taken. */
function faultsOf(seen: readonly Holdings[], callsOfRound: number): string[] {
  const middle = Math.floor(seen.length / 2)
  const [first, last] = [seen[middle], seen.at(-1)]
  if (!first || !last) return []
  const calls = callsOfRound * (seen.length - 1 - middle)
  const grown = (of: keyof Holdings & `${string}Bytes`, max: typeof heapMax) => {
    const bytes = last[of] - first[of]
    return bytes > max.noiseBytes + calls * max.perCallBytes && `${of} grew by ${bytes}`
  }
  const left = last.dialogs + last.transactions + last.leases
  // The audit log opens and closes a file now and then.
  const opened = Math.max(
    ...seen.slice(0, middle + 1).map(({ fileDescriptors }) => fileDescriptors),
  )
  return [
    left > 0 && `${left} dialogs, transactions and leases left`,
    last.resources > first.resources && `handles grew from ${first.resources}`,
    last.fileDescriptors > opened && `open files grew from ${opened}`,
    grown('heapBytes', heapMax),
    grown('engineHeapBytes', heapMax),
    grown('indexHeapBytes', heapMax),
    grown('residentBytes', residentMax),
  ].filter((fault) => fault !== false)
}
