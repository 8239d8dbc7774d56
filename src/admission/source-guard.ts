import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Alerts } from '../domain/alert.ts'
import type { CallAttempt } from '../domain/attempt.ts'
import type { Ban, BanList } from '../domain/ban-list.ts'
import type { Reason } from '../domain/refusals.ts'
import type { Clock } from '../kernel/clock.ts'
import { putLast } from '../kernel/put-last.ts'

export interface GuardSettings {
  /** Bad credentials from one source, one every `windowMs / failuresMax` forgiven, that ban it. */
  readonly failuresMax: number
  readonly windowMs: number
  readonly banMs: number
  /** A source from which a key was proven within this time is never banned. */
  readonly provenMs: number
  /** The longest that the answer to bad credentials waits. */
  readonly delayMaxMs: number
  /** What the user agents of scanners have in their name, lower case. */
  readonly scanners: readonly string[]
}

export interface GuardParts {
  readonly clock: Clock
  readonly settings: GuardSettings
  readonly alerts: Alerts
  /** Where the engine drops the banned unread; undefined with an engine that cannot. */
  readonly bans: BanList | undefined
  /** Whether with a ban the engine forgets what it has not answered, so that nothing is owed. */
  readonly silent: boolean
  /** Addresses that calls go out to: forged messages must not cut us off from them. */
  neverBanned(address: string): boolean
}

/** Sources that are remembered in each of the three tables. */
export const sourcesMax = 65_536
/** Answers that wait at once; beyond it none does, so that waiting costs nobody memory. */
export const delayedMax = 100
const firstDelayMs = 250

/** What the guard looks at before anything is decided. */
export type Sender = Pick<CallAttempt, 'source' | 'userAgent'>

/** What it learns by: whether a key was proven, and else whether the credentials were bad. */
export type Judged =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly reason: Reason; readonly key?: unknown }

interface Suspect {
  level: number
  /** Like every moment that is remembered here, by the monotonic clock. */
  atMs: number
}

/**
 * Slows down whoever guesses keys, and bans the source after a while; scanners at once. Where a key
 * was proven lately there is somebody to be cut off by it, so that source is never banned.
 */
export class SourceGuard {
  readonly #parts: GuardParts
  readonly #suspects = new Map<string, Suspect>()
  readonly #proven = new Map<string, number>()
  readonly #banned = new Map<string, number>()
  #delayed = 0

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  /** How much is remembered. */
  get sizes(): { readonly suspects: number; readonly proven: number; readonly banned: number } {
    const { size: suspects } = this.#suspects
    return { suspects, proven: this.#proven.size, banned: this.#banned.size }
  }

  /** Every ban of this gate that is in force. */
  bans(): readonly Ban[] {
    const nowMs = this.#parts.clock.monotonic()
    const wallMs = this.#parts.clock.now()
    return [...this.#banned]
      .filter(([, untilMs]) => untilMs > nowMs)
      .map(([source, untilMs]) => ({ source, untilMs: Math.round(wallMs + untilMs - nowMs) }))
  }

  /** Hears a source again, as `bans` names it, here and at the engine; whether it was banned here. */
  lift(source: string): boolean {
    this.#parts.bans?.unban(source)
    this.#suspects.delete(source)
    return this.#banned.delete(source)
  }

  /** Whether who is turned away, or banned, hears nothing at all. */
  get silent(): boolean {
    return this.#parts.silent
  }

  /** Whether a request from here is not even looked at; a scanner is banned by this. */
  turnsAway(sender: Sender): boolean {
    const { address } = sender.source
    const source = sourceOf(address)
    const { clock, bans, silent } = this.#parts
    const nowMs = clock.monotonic()
    const untilMs = this.#banned.get(source) ?? Number.NEGATIVE_INFINITY
    if (untilMs > nowMs) {
      // It was on its way when the engine heard of the ban, or the engine knows of none any more.
      if (silent) bans?.ban(address, untilMs - nowMs)
      return true
    }
    if (!this.#isScanner(sender.userAgent) || !this.#mayBan(sender, source, nowMs)) return false
    this.#ban(sender, source, 'scanner')
    return true
  }

  /** What a request outside calls gets: an answer, a refusal, or, where that is silent, nothing. */
  meet(sender: Sender): 'answer' | 'refuse' | 'drop' {
    if (!this.turnsAway(sender)) return 'answer'
    return this.silent ? 'drop' : 'refuse'
  }

  /** Learns how a call or request from a source was decided; answers how long a refusal shall wait, if any is due. */
  learn(sender: Sender, decision: Judged): number | 'silence' {
    const source = sourceOf(sender.source.address)
    const nowMs = this.#parts.clock.monotonic()
    if (decision.admitted || (decision.key && decision.reason !== 'credentials_invalid')) {
      putLast(this.#proven, [source, nowMs], sourcesMax)
      this.#suspects.delete(source)
      return 0
    }
    if (decision.reason !== 'credentials_invalid') return 0
    const level = this.#count(source, nowMs)
    const { failuresMax, delayMaxMs } = this.#parts.settings
    // A little is always forgiven between two of them.
    if (level > failuresMax - 1 && this.#mayBan(sender, source, nowMs)) {
      this.#ban(sender, source, 'bad_credentials')
      if (this.#parts.silent) return 'silence'
    }
    return Math.min(delayMaxMs, firstDelayMs * 2 ** Math.min(level - 1, 20))
  }

  /** Takes one of the places for answers that wait; undefined where none is left. */
  delay(): Disposable | undefined {
    if (this.#delayed >= delayedMax) return undefined
    this.#delayed += 1
    return {
      [Symbol.dispose]: () => {
        this.#delayed -= 1
      },
    }
  }

  #isScanner(userAgent: string | undefined): boolean {
    if (userAgent === undefined) return false
    const name = userAgent.toLowerCase()
    return this.#parts.settings.scanners.some((scanner) => name.includes(scanner))
  }

  #mayBan(sender: Sender, source: string, nowMs: number): boolean {
    if (this.#parts.neverBanned(sender.source.address)) return false
    const provenAtMs = this.#proven.get(source)
    return provenAtMs === undefined || nowMs - provenAtMs > this.#parts.settings.provenMs
  }

  /** Bad credentials so far, those forgiven left out. */
  #count(source: string, nowMs: number): number {
    const { failuresMax, windowMs } = this.#parts.settings
    const { level = 0, atMs = nowMs } = this.#suspects.get(source) ?? {}
    const forgiven = ((nowMs - atMs) * failuresMax) / windowMs
    const now = Math.max(0, level - forgiven) + 1
    putLast(this.#suspects, [source, { level: now, atMs: nowMs }], sourcesMax)
    return now
  }

  #ban(sender: Sender, source: string, why: string): void {
    const { clock, settings, bans, alerts } = this.#parts
    const atMs = clock.now()
    const untilMs = atMs + settings.banMs
    this.#suspects.delete(source)
    putLast(this.#banned, [source, clock.monotonic() + settings.banMs], sourcesMax)
    bans?.ban(sender.source.address, settings.banMs)
    alerts.raise({ kind: 'source_banned', atMs, figures: { source, why, untilMs } })
  }
}

/** An IPv4 address itself, an IPv6 address by its /64: that is what one customer gets. */
export function sourceOf(address: string): string {
  // Most are IPv4 as it is always written, and both a call's guard and its lesson ask.
  if (isIPv4(address) || !ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16))
  return `${network.join(':')}::/64`
}
