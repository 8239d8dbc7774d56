import type { Parts } from '../../src/app.ts'
import { appendingBy } from '../../src/audit/appending-by.ts'

const samplesMax = 200_000

/**
 * Times decisions from outside: from the moment a key is looked up, which is where admission begins,
 * until the decision is handed to the audit log, and until it is on record. Decisions finish in the
 * order in which they began, because every store call of the embedded store takes one turn.
 */
export class DecisionTimes {
  #begunMs: number[] = []
  #decidedMs: number[] = []
  #recordedMs: number[] = []

  /** The same parts, watched. */
  around({ store, audit, signer, verifier }: Parts): Parts {
    const { directory } = store
    const begin = () => this.#begunMs.push(performance.now())
    return {
      signer,
      verifier,
      store: {
        ...store,
        directory: {
          findKey: (id) => {
            begin()
            return directory.findKey(id)
          },
          findTenant: (id) => directory.findTenant(id),
          findPolicy: (id) => directory.findPolicy(id),
          carriers: () => directory.carriers(),
          findOwner: (e164) => directory.findOwner(e164),
          trunk: (id) => directory.trunk(id),
          findTrunk: (tenantId, e164) => directory.findTrunk(tenantId, e164),
        },
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      },
      audit: appendingBy(audit, (event) => {
        const kept = audit.append(event)
        return event.type === 'call.decided' ? this.#decided(kept) : kept
      }),
    }
  }

  /** The samples since the last time, milliseconds. */
  take(): { decidedMs: number[]; recordedMs: number[] } {
    const taken = { decidedMs: this.#decidedMs, recordedMs: this.#recordedMs }
    this.#decidedMs = []
    this.#recordedMs = []
    return taken
  }

  async #decided(kept: Promise<void>): Promise<void> {
    const begunMs = this.#begunMs.shift()
    const decidedMs = performance.now()
    await kept
    if (begunMs === undefined || this.#decidedMs.length >= samplesMax) return
    this.#decidedMs.push(decidedMs - begunMs)
    this.#recordedMs.push(performance.now() - begunMs)
  }
}
