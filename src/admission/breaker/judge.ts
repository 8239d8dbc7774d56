import type { BreakerTerms } from '../../domain/breaker.ts'
import type { Figures, ProbeFigures } from './figures.ts'

/** What is wrong, each with the figure that shows it. */
export type Signals = Readonly<Record<string, number>>

export interface Verdict {
  readonly input: 'calm' | 'suspicious' | 'alarming'
  readonly signals: Signals
}

/** So many times the factor are alarming by themselves. */
const alarmingFactor = 3
/** So many signals together are alarming. */
const alarmingSignals = 2

/** What the figures say of a key or tenant, measured by its terms and by what is usual for it. */
export function judge(figures: Figures, usualPerMinute: number, terms: BreakerTerms): Verdict {
  const signals: Record<string, number> = {}
  const { attempts, ended, answered, attemptsThisMinute } = figures
  const usualMax = Math.max(terms.attemptsFloor, usualPerMinute * terms.attemptsFactorMax)
  if (attemptsThisMinute > usualMax) signals.attemptsPerMinute = attemptsThisMinute
  if (attempts >= terms.callsMin) {
    tooMany(signals, 'refusedShare', figures.refused / attempts, terms.refusedShareMax)
    tooMany(signals, 'distinctShare', figures.distinctCallees / attempts, terms.distinctShareMax)
    tooMany(signals, 'sequentialShare', figures.sequential / attempts, terms.sequentialShareMax)
  }
  if (ended >= terms.callsMin && terms.answeredShareMin !== undefined) {
    const share = answered / ended
    if (share < terms.answeredShareMin) signals.answeredShare = rounded(share)
  }
  if (answered >= terms.callsMin) {
    tooMany(signals, 'shortShare', figures.short / answered, terms.shortShareMax)
  }
  return { input: inputOf(signals, attemptsThisMinute > usualMax * alarmingFactor), signals }
}

/** How a trial went: half of the calls answered, and half of those longer than a few seconds. */
export function judgeProbes({
  ended,
  answered,
  short,
}: ProbeFigures): 'probes_good' | 'probes_bad' {
  return answered * 2 >= ended && short * 2 <= answered ? 'probes_good' : 'probes_bad'
}

function inputOf(signals: Signals, far: boolean): Verdict['input'] {
  const count = Object.keys(signals).length
  if (far || count >= alarmingSignals) return 'alarming'
  return count > 0 ? 'suspicious' : 'calm'
}

function tooMany(
  signals: Record<string, number>,
  name: string,
  share: number,
  max: number | undefined,
): void {
  if (max !== undefined && share > max) signals[name] = rounded(share)
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000
}
