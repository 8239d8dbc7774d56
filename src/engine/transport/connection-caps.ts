import { peerKey } from '../guard/source-key.ts'
import type { TransportLimits } from './limits.ts'

/** The place of one connection; given back once, whatever ends it. */
export interface Place {
  /** Its handshakes are over. */
  settled(): void
  /** It is closed. */
  release(): void
}

interface Counts {
  connections: number
  handshakes: number
}

/** Counts connections and handshakes, all together and by source, and says when there are too many. */
export class ConnectionCaps {
  readonly #limits: TransportLimits
  readonly #all: Counts = { connections: 0, handshakes: 0 }
  readonly #accepted: Counts = { connections: 0, handshakes: 0 }
  readonly #bySource = new Map<string, Counts>()

  constructor(limits: TransportLimits) {
    this.#limits = limits
  }

  /** A place for a connection from that source, or undefined when there is none left. */
  accept(address: string, hasHandshake: boolean): Place | undefined {
    const key = peerKey(address)
    const source = this.#bySource.get(key) ?? { connections: 0, handshakes: 0 }
    const { connectionsPerSourceMax, handshakesMax, handshakesPerSourceMax } = this.#limits
    if (this.#accepted.connections >= this.#limits.acceptedMax) return undefined
    if (this.#full || source.connections >= connectionsPerSourceMax) return undefined
    if (hasHandshake) {
      if (this.#all.handshakes >= handshakesMax) return undefined
      if (source.handshakes >= handshakesPerSourceMax) return undefined
    }
    this.#bySource.set(key, source)
    return take([this.#all, this.#accepted, source], hasHandshake, () => {
      if (source.connections === 0) this.#bySource.delete(key)
    })
  }

  /** A place for a connection that we open. */
  open(): Place | undefined {
    return this.#full ? undefined : take([this.#all], false, () => undefined)
  }

  get #full(): boolean {
    return this.#all.connections >= this.#limits.connectionsMax
  }
}

function take(counted: readonly Counts[], hasHandshake: boolean, released: () => void): Place {
  let shaking = hasHandshake
  let held = true
  for (const counts of counted) {
    counts.connections += 1
    if (shaking) counts.handshakes += 1
  }
  const settled = () => {
    if (shaking) for (const counts of counted) counts.handshakes -= 1
    shaking = false
  }
  return {
    settled,
    release: () => {
      settled()
      if (held) for (const counts of counted) counts.connections -= 1
      held = false
      released()
    },
  }
}
