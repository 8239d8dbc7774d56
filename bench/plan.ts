/** How long and how hard is measured. */
export interface Plan {
  readonly rates: readonly number[]
  readonly warmUpS: number
  readonly measureS: number
  /** State of a finished transaction lives 32 s (RFC 3261, 64 * T1): what removing it costs. */
  readonly afterS: number
  /** Rates for the search of the highest one, and for how long each has to hold. */
  readonly ladder: readonly number[]
  readonly sustainS: number
  readonly runningCalls: number
  /** Rounds of what is measured without a load, of which the median counts. */
  readonly rounds: number
  readonly b2buaRates: readonly number[]
  /** Pairs of stretches with the audit log and without, for each carrier; the median counts. */
  readonly audit: {
    /** Until a gate that has just started has compiled what it runs. */
    readonly warmUpS: number
    readonly pairs: number
    readonly perSecond: number
    readonly seconds: number
  }
  /** The day of a small installation: rounds of calls, with time between them to forget. */
  readonly soak: { readonly rounds: number; readonly seconds: number; readonly perSecond: number }
}

export const fullPlan: Plan = {
  rates: [50, 100, 300],
  warmUpS: 5,
  measureS: 15,
  afterS: 40,
  ladder: [100, 200, 300, 350, 400, 450, 500, 550, 600, 650, 700, 800, 900, 1000],
  sustainS: 30,
  runningCalls: 1000,
  rounds: 5,
  b2buaRates: [200, 300],
  audit: { warmUpS: 60, pairs: 8, perSecond: 200, seconds: 8 },
  soak: { rounds: 5, seconds: 40, perSecond: 150 },
}

/** For a glance: too short for figures to be quoted. */
export const quickPlan: Plan = {
  rates: [50, 300],
  warmUpS: 3,
  measureS: 6,
  afterS: 0,
  ladder: [300, 500],
  sustainS: 8,
  runningCalls: 300,
  rounds: 1,
  b2buaRates: [200],
  audit: { warmUpS: 10, pairs: 1, perSecond: 200, seconds: 5 },
  soak: { rounds: 3, seconds: 5, perSecond: 100 },
}

/** How long every call is held: short, so that setting up and tearing down is what is measured. */
export const holdMs = 1000
