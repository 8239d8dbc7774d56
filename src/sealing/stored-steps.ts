import type { TraceStep } from '../domain/decision.ts'
import { remembered } from '../kernel/canonical-json.ts'

/** Checks whose steps are kept, and how many different ones of each. */
const checksMax = 200
const ofCheckMax = 8

/** With where in the event what stands there once more. */
type Figures = Readonly<Record<string, string | number | boolean | { readonly same: string }>>

/** A step as it is stored, with nothing in it that belongs to one event alone. */
export interface StoredStep {
  readonly check: string
  readonly passed: boolean
  readonly figures: Figures
}

interface KnownStep {
  readonly names: readonly string[]
  /** Of a figure that stands elsewhere in the event: where. */
  readonly figures: readonly (string | number | boolean | undefined)[]
  readonly places: readonly (string | undefined)[]
  readonly stored: StoredStep
}

/**
 * Steps of traces as they were stored lately, ready to be written: most checks find the same for most
 * calls.
 */
export class StoredSteps {
  readonly #byCheck = new Map<string, KnownStep[]>()
  #next = 0

  /** The step as it is stored; undefined where it was not there lately. `places`: what stands elsewhere. */
  find(step: TraceStep, places: ReadonlyMap<string, string>): StoredStep | undefined {
    const known = this.#byCheck.get(step.check)
    if (!known) return undefined
    for (const one of known) {
      if (one.stored.passed === step.passed && isSame(step.figures, one, places)) return one.stored
    }
    return undefined
  }

  /** Keeps a step with how it is stored; it must have no other members, and nothing sealed in it. */
  keep(step: TraceStep, stored: StoredStep): StoredStep {
    const names = Object.keys(step.figures)
    const values = names.map((name) => stored.figures[name])
    const kept: KnownStep = {
      names,
      figures: values.map((value) => (typeof value === 'object' ? undefined : value)),
      places: values.map((value) => (typeof value === 'object' ? value.same : undefined)),
      stored: remembered(stored),
    }
    const known = this.#byCheck.get(step.check)
    if (!known) {
      if (this.#byCheck.size < checksMax) this.#byCheck.set(step.check, [kept])
    } else if (known.length < ofCheckMax) known.push(kept)
    else known[this.#next++ % ofCheckMax] = kept
    return kept.stored
  }
}

function isSame(
  figures: TraceStep['figures'],
  { names, figures: values, places: wanted }: KnownStep,
  places: ReadonlyMap<string, string>,
): boolean {
  let at = 0
  for (const name in figures) {
    if (name !== names[at]) return false
    const value = figures[name]
    const place = typeof value === 'string' ? places.get(value) : undefined
    if (place !== wanted[at] || (place === undefined && value !== values[at])) return false
    at++
  }
  return at === names.length
}
