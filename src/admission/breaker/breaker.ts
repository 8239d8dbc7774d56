import type { Alerts } from '../../domain/alert.ts'
import type { BreakerTerms } from '../../domain/breaker.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Baseline } from './baseline.ts'
import { type ProbeFigures, probeOf, TrafficFigures } from './figures.ts'
import { judge, judgeProbes, type Signals } from './judge.ts'
import { type BreakerAction, type BreakerInput, type BreakerState, move } from './table.ts'

const minuteMs = 60_000
/** Figures are judged once in so long, and after so many attempts. */
const judgePeriodMs = 1_000
const judgeAttempts = 20
/** An opening that follows a failed trial lasts twice as long, at most this. */
const openMaxMs = 3_600_000
/** By so much the clocks of gates may differ. */
const skewMs = 60_000

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
  /** When an open one lets calls through to try; when a trial begins anew that came to nothing. */
  readonly untilMs: number
  readonly openMs: number
  readonly signals: Signals
}

/** A trial of a half-open breaker, the same on every gate: so many calls of all gates pass. */
export interface Trial {
  readonly id: string
  readonly probesMax: number
  readonly endsAtMs: number
}

/** Whether a call may pass the breaker now, and as part of which trial. */
export type Passage =
  | { readonly passes: true; readonly state: BreakerState; readonly trial?: Trial }
  | { readonly passes: false; readonly state: BreakerState; readonly freesInMs: number }

export interface BreakerParts {
  readonly owner: BreakerOwner
  readonly clock: Clock
  readonly alerts: Alerts
  readonly baseline: Baseline
  /** Tells the other gates of a change. */
  onChange(note: BreakerNote): void
  /** Adds a call that ended to a trial's on all gates; answers all of them. */
  addProbe(trialId: string, probe: ProbeFigures): Promise<ProbeFigures>
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
    if (this.#state === 'open' && nowMs >= this.#endMs(nowMs, terms)) {
      this.#take('waited', terms)
    }
    this.#renewTrial(nowMs, terms)
    this.#figures.attempted(e164, this.#steadyMs)
    this.#unjudged += 1
    this.#judge(nowMs, terms)
    return { passage: this.#passage(nowMs, terms), learnt }
  }

  /** What `attempt` would say of one more call; counts, changes and tells nothing. */
  peek(terms: BreakerTerms): Passage {
    const nowMs = this.#parts.clock.now()
    if (this.#state === 'open') {
      if (nowMs >= this.#endMs(nowMs, terms)) {
        const endsAtMs = this.#trialEndsAtMs(nowMs, terms)
        return { passes: true, state: 'half_open', trial: trialOf(endsAtMs, terms) }
      }
      return { passes: false, state: 'open', freesInMs: this.#untilMs - nowMs }
    }
    const figures = this.#figures.read(this.#steadyMs)
    const attemptsThisMinute = figures.attemptsThisMinute + 1
    const next = { ...figures, attempts: figures.attempts + 1, attemptsThisMinute }
    const usual = this.#parts.baseline.usual(nowMs)
    const isDue = this.#isDue(this.#unjudged + 1)
    const [state] = isDue ? move(this.#state, judge(next, usual, terms).input) : [this.#state]
    if (state !== 'open') return this.#passageAt(state, nowMs, { terms, attemptsThisMinute })
    return { passes: false, state, freesInMs: terms.openS * 1000 }
  }

  /** A call was refused for a reason that speaks against its key. */
  refused(terms: BreakerTerms): void {
    const nowMs = this.#parts.clock.now()
    this.#figures.refused(this.#steadyMs)
    this.#judge(nowMs, terms)
  }

  /** An admitted call is over; 0 where it was never answered. */
  ended(durationMs: number, terms: BreakerTerms): void {
    const nowMs = this.#parts.clock.now()
    this.#figures.ended(durationMs, this.#steadyMs)
    if (this.#state !== 'half_open') {
      this.#judge(nowMs, terms)
      return
    }
    const { id } = trialOf(this.#untilMs, terms)
    this.#parts.addProbe(id, probeOf(durationMs)).then(
      (probes) => {
        const isOver = this.#state !== 'half_open' || trialOf(this.#untilMs, terms).id !== id
        if (!isOver && probes.ended >= terms.probes) this.#take(judgeProbes(probes), terms)
      },
      // What cannot be told to the others ends with this trial; the next one is counted afresh.
      () => undefined,
    )
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
    if (!this.#isDue(this.#unjudged) || this.#state === 'open') return
    this.#judgedAtMs = this.#steadyMs
    this.#unjudged = 0
    const usual = this.#parts.baseline.usual(nowMs)
    const { input, signals } = judge(this.#figures.read(this.#steadyMs), usual, terms)
    if (input !== 'calm') this.#signals = signals
    this.#take(input, terms)
  }

  #isDue(unjudged: number): boolean {
    return this.#steadyMs - this.#judgedAtMs >= judgePeriodMs || unjudged >= judgeAttempts
  }

  #passage(nowMs: number, terms: BreakerTerms): Passage {
    if (this.#state === 'closed') return { passes: true, state: 'closed' }
    const { attemptsThisMinute } = this.#figures.read(this.#steadyMs)
    return this.#passageAt(this.#state, nowMs, { terms, attemptsThisMinute })
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
        return { passes: false, state, freesInMs: minuteMs - (this.#steadyMs % minuteMs) }
      case 'open':
        return { passes: false, state, freesInMs: this.#untilMs - nowMs }
      case 'half_open':
        return { passes: true, state, trial: trialOf(this.#trialEndsAtMs(nowMs, terms), terms) }
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
    this.#tellOthers()
  }

  #tellOthers(): void {
    this.#parts.onChange({
      state: this.#state,
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
      case 'try_for_a_while':
        this.#untilMs = this.#trialEndsAtMs(nowMs, terms)
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

  /** Probes that never end, or that ended with their gate, keep no breaker half-open for ever. */
  #renewTrial(nowMs: number, terms: BreakerTerms): void {
    if (this.#state !== 'half_open' || nowMs < this.#endMs(nowMs, terms)) return
    this.#untilMs = this.#trialEndsAtMs(nowMs, terms)
    this.#tellOthers()
  }

  /** By whole trials from the end of the opening, so that every gate comes to the same one. */
  #trialEndsAtMs(nowMs: number, terms: BreakerTerms): number {
    const trialMs = Math.max(this.#openMs, terms.openS * 1000)
    const endMs = this.#endMs(nowMs, terms)
    const trials = Math.floor(Math.max(0, nowMs - endMs) / trialMs)
    return endMs + (trials + (nowMs < endMs ? 0 : 1)) * trialMs
  }

  /** What its clock says that waits for nothing: by it traffic is counted and judged. */
  get #steadyMs(): number {
    return this.#parts.clock.monotonic()
  }

  /** When the opening or the trial is over; one that would last longer than any was told by a wrong clock. */
  #endMs(nowMs: number, { openS }: BreakerTerms): number {
    const longestMs = Math.max(openMaxMs, this.#openMs, openS * 1000) + skewMs
    return this.#untilMs - nowMs > longestMs ? nowMs : this.#untilMs
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

/** The end of a trial stands in the note that all gates have: by it they call it the same. */
function trialOf(endsAtMs: number, { probes: probesMax }: BreakerTerms): Trial {
  return { id: String(endsAtMs), probesMax, endsAtMs }
}
