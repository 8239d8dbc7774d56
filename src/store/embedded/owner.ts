import type { BudgetClaim, PeriodClaim, UseClaim, WindowClaim } from '../port.ts'
import { windowMs } from '../windows.ts'
import { BucketCounts } from './bucket-counts.ts'
import type { CountsFile } from './counts-file.ts'
import { RateWindow } from './rate-window.ts'
import { Slots } from './slots.ts'

/** What is counted in one day or month, as the file has it. */
interface Counted {
  readonly slot: string
  amount: number
}

/** Past this many names (units times currencies) those remembered are read from the file again. */
const countedMax = 64

/** All that is counted for one owner: what the file keeps is read once and then remembered. */
export class Owner {
  readonly name: string
  readonly slots = new Slots()
  readonly #file: CountsFile
  readonly #windows = new Map<WindowClaim['window'], BucketCounts>()
  readonly #counted = new Map<string, Counted>()
  #rate: RateWindow | undefined

  constructor(name: string, file: CountsFile) {
    this.name = name
    this.#file = file
  }

  /** Its schedule under these limits; what was booked under others stays booked. */
  rate(perSecondMax: number, burst: number): RateWindow {
    this.#rate = this.#rate?.withLimits(perSecondMax, burst) ?? new RateWindow(perSecondMax, burst)
    return this.#rate
  }

  window(window: WindowClaim['window']): BucketCounts {
    const known = this.#windows.get(window)
    if (known) return known
    const fresh = new BucketCounts(windowMs[window])
    for (const { endsAtMs, amount } of this.#file.byEnd(this.tallyOf(window))) {
      fresh.add(fresh.bucketEndingAt(endsAtMs), amount)
    }
    this.#windows.set(window, fresh)
    return fresh
  }

  /** What was counted in a slot of time under a name of `tallyOf`. */
  counted(name: string, slot: string): number {
    const known = this.#counted.get(name)
    if (known?.slot === slot) return known.amount
    if (this.#counted.size >= countedMax) this.#counted.clear()
    const amount = this.#file.read(name, slot)
    this.#counted.set(name, { slot, amount })
    return amount
  }

  /** Follows what was written into the file. */
  count(name: string, slot: string, amount: number): void {
    const known = this.#counted.get(name)
    if (known?.slot === slot) known.amount += amount
  }

  /** The name in the file of what is counted for it. */
  tallyOf(what: string): string {
    return `${this.name} ${what}`
  }

  /** Whether nothing of it is needed that the file does not have. */
  isIdle(nowMs: number, wallMs: number): boolean {
    const windows = [...this.#windows.values()]
    return (
      this.slots.used(nowMs) === 0 &&
      (this.#rate?.isIdle(nowMs) ?? true) &&
      windows.every((window) => window.isIdle(wallMs))
    )
  }
}

/** Claims that are one sum to compare with a limit. */
export type Tallied = PeriodClaim | BudgetClaim | UseClaim

/** One sum: what it is of, next to the owner's name, what is added to it, and how much it may be. */
export interface Tally {
  readonly what: string
  readonly slot: string
  readonly amount: number
  readonly max: number
  readonly endsAtMs: number
}

/** Where such a claim is summed up. */
export function tallyOf(claim: Tallied): Tally {
  if (claim.kind === 'use') {
    const { what, id: slot, usesMax: max, endsAtMs } = claim
    return { what, slot, amount: 1, max, endsAtMs }
  }
  const { unit, name: slot, endsAtMs } = claim.period
  if (claim.kind === 'period') {
    return { what: unit, slot, amount: 1, max: claim.callsMax, endsAtMs }
  }
  const { currency, reserveMicros: amount, capMicros: max } = claim
  return { what: `${unit} ${currency}`, slot, amount, max, endsAtMs }
}
