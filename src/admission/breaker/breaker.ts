import type { Alerts } from '../../domain/alert.ts'
import type { BreakerTerms } from '../../domain/breaker.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Baseline } from './baseline.ts'
import { TrafficFigures } from './figures.ts'
import { judge, judgeProbes, type Signals } from './judge.ts'
import { type BreakerAction, type BreakerInput, type BreakerState, move } from './table.ts'

const minuteMs = 60_000
/** Figures are judged once in so long, and after so many attempts. */
const judgePeriodMs = 1_000
const judgeAttempts = 20
/** An opening that follows a failed trial lasts twice as long, at most this. */
const openMaxMs = 3_600_000

/** Whose breaker it is. */
export interface BreakerOwner {
  readonly level: 'key' | 'tenant'
  readonly id: string
  readonly keyId?: string | undefined
  readonly tenantId: string
}

/** What of a breaker all gates share, and what outlives a restart. */
export interface BreakerNote {
  readonly state: BreakerState
  readonly sinceMs: number
  /** When an open one lets calls through to try. */
  readonly untilMs: number
  readonly openMs: number
  readonly signals: Signals
}

/** Whether a call may pass the breaker now. */
export type Passage =
  | { readonly passes: true; readonly state: BreakerState }
  | { readonly passes: false; readonly state: BreakerState; readonly freesInMs: number }

export interface BreakerParts {
  readonly owner: BreakerOwner
  readonly clock: Clock
  readonly alerts: Alerts
  readonly baseline: Baseline
  /** Tells the other gates of a change. */
  onChange(note: BreakerNote): void
}

/** The breaker of one key or tenant. */
export class Breaker {
  readonly #parts: BreakerParts
  readonly #figures = new TrafficFigures()
  #state: BreakerState = 'closed'
  #sinceMs = 0
  #untilMs = 0
  #openMs = 0
  #signals: Signals = {}
  #probesLeft = 0
  #judgedAtMs = Number.NEGATIVE_INFINITY
  #unjudged = 0

  constructor(parts: BreakerParts) {
    this.#parts = parts
  }

  get state(): BreakerState {
    return this.#state
  }

  get baseline(): Baseline {
    return this.#parts.baseline
  }

  /** Counts an attempt and says whether it may pass; true in `learnt` where an hour has ended. */
  attempt(e164: string, terms: BreakerTerms): { passage: Passage; learnt: boolean } {
    const nowMs = this.#parts.clock.now()
    const learnt = this.#parts.baseline.count(nowMs)
    if (this.#state === 'open' && nowMs >= this.#untilMs) {
      this.#take('waited', terms)
      this.#probesLeft = terms.probes
    }
    this.#figures.attempted(e164, nowMs)
    this.#unjudged += 1
    this.#judge(nowMs, terms)
    return { passage: this.#passage(nowMs, terms), learnt }
  }

  /** What `attempt` would say of one more call; counts, changes and tells nothing. */
  peek(terms: BreakerTerms): Passage {
    const nowMs = this.#parts.clock.now()
    if (this.#state === 'open') {
      if (nowMs >= this.#untilMs) return { passes: true, state: 'half_open' }
      return { passes: false, state: 'open', freesInMs: this.#untilMs - nowMs }
    }
    const figures = this.#figures.read(nowMs)
    const attemptsThisMinute = figures.attemptsThisMinute + 1
    const next = { ...figures, attempts: figures.attempts + 1, attemptsThisMinute }
    const usual = this.#parts.baseline.usual(nowMs)
    const isDue = this.#isDue(nowMs, this.#unjudged + 1)
    const [state] = isDue ? move(this.#state, judge(next, usual, terms).input) : [this.#state]
    if (state !== 'open') return this.#passageAt(state, nowMs, { terms, attemptsThisMinute })
    return { passes: false, state, freesInMs: terms.openS * 1000 }
  }

  /** A call was refused for a reason that speaks against its key. */
  refused(terms: BreakerTerms): void {
    const nowMs = this.#parts.clock.now()
    this.#figures.refused(nowMs)
    this.#judge(nowMs, terms)
  }

  /** An admitted call is over; 0 where it was never answered. */
  ended(durationMs: number, terms: BreakerTerms): void {
    const nowMs = this.#parts.clock.now()
    this.#figures.ended(durationMs, nowMs)
    if (this.#state !== 'half_open') {
      this.#judge(nowMs, terms)
      return
    }
    const figures = this.#figures.read(nowMs)
    if (figures.ended >= terms.probes) this.#take(judgeProbes(figures), terms)
  }

  /** Another gate, or a person, has moved it; undefined: it is closed. */
  adopt(note: BreakerNote | undefined): void {
    const state = note?.state ?? 'closed'
    if (state === this.#state && (note?.untilMs ?? 0) === this.#untilMs) return
    if (state === 'closed') this.#figures.startAfresh()
    this.#state = state
    this.#sinceMs = note?.sinceMs ?? this.#parts.clock.now()
    this.#untilMs = note?.untilMs ?? 0
    this.#openMs = note?.openMs ?? 0
    this.#signals = note?.signals ?? {}
  }

  #judge(nowMs: number, terms: BreakerTerms): void {
    if (!this.#isDue(nowMs, this.#unjudged) || this.#state === 'open') return
    this.#judgedAtMs = nowMs
    this.#unjudged = 0
    const usual = this.#parts.baseline.usual(nowMs)
    const { input, signals } = judge(this.#figures.read(nowMs), usual, terms)
    if (input !== 'calm') this.#signals = signals
    this.#take(input, terms)
  }

  #isDue(nowMs: number, unjudged: number): boolean {
    return nowMs - this.#judgedAtMs >= judgePeriodMs || unjudged >= judgeAttempts
  }

  #passage(nowMs: number, terms: BreakerTerms): Passage {
    if (this.#state === 'closed') return { passes: true, state: 'closed' }
    const { attemptsThisMinute } = this.#figures.read(nowMs)
    const passage = this.#passageAt(this.#state, nowMs, { terms, attemptsThisMinute })
    if (passage.passes && passage.state === 'half_open') this.#probesLeft -= 1
    return passage
  }

  #passageAt(
    state: BreakerState,
    nowMs: number,
    { terms, attemptsThisMinute }: { terms: BreakerTerms; attemptsThisMinute: number },
  ): Passage {
    switch (state) {
      case 'closed':
        return { passes: true, state }
      case 'throttled':
        if (attemptsThisMinute <= terms.attemptsFloor) return { passes: true, state }
        return { passes: false, state, freesInMs: minuteMs - (nowMs % minuteMs) }
      case 'open':
        return { passes: false, state, freesInMs: this.#untilMs - nowMs }
      case 'half_open':
        if (this.#probesLeft > 0) return { passes: true, state }
        return { passes: false, state, freesInMs: minuteMs }
    }
  }

  #take(input: BreakerInput, terms: BreakerTerms): void {
    const [state, ...actions] = move(this.#state, input)
    if (state === this.#state && actions.length === 0) return
    const nowMs = this.#parts.clock.now()
    this.#state = state
    this.#sinceMs = nowMs
    for (const action of actions) this.#act(action, nowMs, terms)
    if (state === 'closed') this.#signals = {}
    this.#parts.onChange({
      state,
      sinceMs: this.#sinceMs,
      untilMs: this.#untilMs,
      openMs: this.#openMs,
      signals: this.#signals,
    })
  }

  #act(action: BreakerAction, nowMs: number, terms: BreakerTerms): void {
    switch (action) {
      case 'wait':
        this.#openFor(nowMs, terms.openS * 1000)
        break
      case 'wait_longer':
        this.#openFor(nowMs, Math.min(openMaxMs, Math.max(this.#openMs, terms.openS * 1000) * 2))
        break
      case 'start_afresh':
        this.#figures.startAfresh()
        break
      case 'tell_opened':
        this.#tell('breaker_opened', nowMs)
        break
      case 'tell_throttled':
        this.#tell('breaker_throttled', nowMs)
        break
      case 'tell_closed':
        this.#tell('breaker_closed', nowMs)
        break
    }
  }

  #openFor(nowMs: number, openMs: number): void {
    this.#openMs = openMs
    this.#untilMs = nowMs + openMs
  }

  #tell(kind: 'breaker_opened' | 'breaker_throttled' | 'breaker_closed', atMs: number): void {
    const { level, keyId, tenantId } = this.#parts.owner
    const figures = { level, ...this.#signals }
    this.#parts.alerts.raise({ kind, atMs, keyId, tenantId, figures })
  }
}
