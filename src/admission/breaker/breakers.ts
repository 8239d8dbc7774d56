import type { Alerts } from '../../domain/alert.ts'
import type { BreakerTerms } from '../../domain/breaker.ts'
import type { Clock } from '../../kernel/clock.ts'
import { putLast } from '../../kernel/put-last.ts'
import type { Board } from '../../store/port.ts'
import { Baseline } from './baseline.ts'
import { Breaker, type BreakerOwner, type Passage } from './breaker.ts'
import { probesIn, readNote, stateTopic, trialTopic, usualTopic, withProbe } from './notes.ts'

/** Breakers that are kept at once; beyond it the one not used for longest starts afresh. */
const breakersMax = 20_000

export interface BreakersParts {
  readonly clock: Clock
  readonly alerts: Alerts
  /** Where their states are shared with the other gates, and what is usual is kept. */
  readonly board: Pick<Board, 'get' | 'post' | 'watch'>
}

/** The breakers of all keys and tenants; bounded. */
export class Breakers implements Disposable {
  readonly #parts: BreakersParts
  readonly #breakers = new Map<string, Breaker>()
  readonly #watching: Disposable

  constructor(parts: BreakersParts) {
    this.#parts = parts
    this.#watching = parts.board.watch(stateTopic, (name, text) => {
      this.#breakers.get(name)?.adopt(readNote(text))
    })
  }

  /** Counts an attempt; whether it may pass. */
  attempt(owner: BreakerOwner, e164: string, terms: BreakerTerms): Passage {
    const breaker = this.#breakerOf(owner)
    const { passage, learnt } = breaker.attempt(e164, terms)
    if (learnt) this.#post(usualTopic, nameOf(owner), breaker.baseline.toString())
    return passage
  }

  /** Whether one more attempt would pass; counts nothing, and remembers no breaker for it. */
  peek(owner: BreakerOwner, terms: BreakerTerms): Passage {
    const breaker = this.#breakers.get(nameOf(owner)) ?? this.#freshBreaker(owner)
    return breaker.peek(terms)
  }

  refused(owner: BreakerOwner, terms: BreakerTerms): void {
    this.#breakerOf(owner).refused(terms)
  }

  ended(owner: BreakerOwner, durationMs: number, terms: BreakerTerms): void {
    this.#breakerOf(owner).ended(durationMs, terms)
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]()
  }

  #breakerOf(owner: BreakerOwner): Breaker {
    const name = nameOf(owner)
    const breaker = this.#breakers.get(name) ?? this.#freshBreaker(owner)
    putLast(this.#breakers, [name, breaker], breakersMax)
    return breaker
  }

  /** As the notes have it, without any traffic of this gate. */
  #freshBreaker(owner: BreakerOwner): Breaker {
    const name = nameOf(owner)
    const { clock, alerts, board } = this.#parts
    const breaker = new Breaker({
      owner,
      clock,
      alerts,
      baseline: new Baseline(board.get(usualTopic, name)),
      onChange: (note) =>
        this.#post(stateTopic, name, note.state === 'closed' ? undefined : JSON.stringify(note)),
      addProbe: async (trialId, probe) => {
        const add = (text: string | undefined) => withProbe(text, trialId, probe)
        return probesIn((await board.post(trialTopic, name, add)) ?? '')
      },
    })
    breaker.adopt(readNote(board.get(stateTopic, name)))
    return breaker
  }

  /** What cannot be shared still holds here. */
  #post(topic: string, name: string, text: string | undefined): void {
    this.#parts.board.post(topic, name, () => text).catch(() => undefined)
  }
}

function nameOf({ level, id }: BreakerOwner): string {
  return `${level}:${id}`
}
