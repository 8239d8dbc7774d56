import { peerKey, siteKey } from '../guard/source-key.ts'
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

/** What one source, or one site, has of the connections, and may have. */
interface Share {
  readonly key: string
  readonly counts: Counts
  readonly connectionsMax: number
  readonly handshakesMax: number
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
    const { handshakesMax } = this.#limits
    if (this.#full || this.#accepted.connections >= this.#limits.acceptedMax) return undefined
    if (hasHandshake && this.#all.handshakes >= handshakesMax) return undefined
    const shares = this.#sharesOf(address)
    const isOver = shares.some(({ counts, connectionsMax, handshakesMax: shakingMax }) => {
      return (
        counts.connections >= connectionsMax || (hasHandshake && counts.handshakes >= shakingMax)
      )
    })
    if (isOver) return undefined
    for (const { key, counts } of shares) this.#bySource.set(key, counts)
    const counted = [this.#all, this.#accepted, ...shares.map(({ counts }) => counts)]
    return take(counted, hasHandshake, () => {
      for (const { key, counts } of shares) {
        if (counts.connections === 0) this.#bySource.delete(key)
      }
    })
  }

  /** A place for a connection that we open. */
  open(): Place | undefined {
    return this.#full ? undefined : take([this.#all], false, () => undefined)
  }

  /** What counts for a source: its own, and of IPv6 that of its site. */
  #sharesOf(address: string): Share[] {
    const { connectionsPerSourceMax, connectionsPerSiteMax } = this.#limits
    const { handshakesPerSourceMax, handshakesPerSiteMax } = this.#limits
    const share = (key: string, connectionsMax: number, handshakesMax: number): Share => {
      const counts = this.#bySource.get(key) ?? { connections: 0, handshakes: 0 }
      return { key, counts, connectionsMax, handshakesMax }
    }
    const site = siteKey(address)
    return [
      share(peerKey(address), connectionsPerSourceMax, handshakesPerSourceMax),
      ...(site ? [share(site, connectionsPerSiteMax, handshakesPerSiteMax)] : []),
    ]
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
      // Its source may be counted anew since it was given back.
      if (!held) return
      held = false
      for (const counts of counted) counts.connections -= 1
      released()
    },
  }
}
