import type { Readable } from 'node:stream'
import { appendingBy } from '../audit/appending-by.ts'
import type { AuditEvent, AuditLog } from '../audit/event.ts'
import type { Clock, Timer } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { FeedStream } from './feed-stream.ts'

/** Streams open at once, of one tenant and of all. */
const streamsOfTenantMax = 10
const streamsMax = 200
/** Events that a stream which was cut off can ask for again. */
const keptMax = 1_000
/** Calls whose tenants are remembered. */
const callsMax = 100_000
const heartbeatMs = 15_000
const epochBytes = 4

/** Members of events that whoever follows calls is told; by which carriers they go is not among them. */
const told = [
  ...['callId', 'direction', 'keyId', 'trunkId', 'mode', 'admitted', 'reason', 'caller', 'called'],
  ...['attestation', 'status', 'endedBy', 'cause', 'durationMs', 'costMicros', 'currency'],
] as const

type CallEvent = Extract<AuditEvent, { callId: unknown }>

interface Kept {
  readonly number: number
  readonly tenantId: string | undefined
  readonly atMs: number
  /** Its text is made for who reads it: mostly nobody does. */
  readonly event: CallEvent
  text?: string
}

interface Follower {
  readonly feed: FeedStream
  readonly tenantId: string | undefined
  readonly timers: readonly Timer[]
}

/** Which events are wanted. */
export interface Following {
  /** Undefined: of all tenants. */
  readonly tenantId: string | undefined
  /** The last event that was read, as its `id` says. */
  readonly lastEventId: string | undefined
  /** After this long the stream ends, and its reader says anew who it is. */
  readonly lifeMs: number
  /** So it does at this moment, where that comes before. */
  readonly untilMs?: number | undefined
  /** Asked with each heartbeat: where it says no, or fails, the stream ends. */
  readonly mayHear?: (() => Promise<boolean>) | undefined
}

/** Tells of calls as they happen on this gate, once what is told is on record. */
export class CallFeed {
  readonly #clock: Clock
  readonly #epoch: string
  readonly #tenants = new Map<string, string | undefined>()
  readonly #streams = new Map<Readable, Follower>()
  #kept: Kept[] = []
  #number = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#epoch = random.hex(epochBytes)
  }

  /** The log, listened to. */
  listening(audit: AuditLog): AuditLog {
    return appendingBy(audit, async (event) => {
      await audit.append(event)
      this.#hear(event)
    })
  }

  /** A stream of server-sent events; undefined where too many are open. */
  follow({ tenantId, lastEventId, lifeMs, untilMs, mayHear }: Following): Readable | undefined {
    const own = [...this.#streams.values()].filter((one) => one.tenantId === tenantId).length
    if (this.#streams.size >= streamsMax || (tenantId && own >= streamsOfTenantMax))
      return undefined
    const feed = new FeedStream()
    const stream = feed.readable
    const beating = this.#clock.every(heartbeatMs, () => {
      feed.tell(() => ':\n\n')
      void mayHear?.()
        .catch(() => false)
        .then((may) => may || this.end(stream))
    })
    const leftMs = untilMs === undefined ? lifeMs : Math.min(lifeMs, untilMs - this.#clock.now())
    const ending = this.#clock.after(leftMs, () => this.end(stream))
    this.#streams.set(stream, { feed, tenantId, timers: [beating, ending] })
    stream.once('close', () => this.#forget(stream))
    feed.tell(() => 'retry: 2000\n\n')
    for (const one of this.#missed(lastEventId, tenantId)) feed.tell(() => this.#textOf(one))
    return stream
  }

  /** Ends a stream in the ordinary way: what was told before still reaches its reader. */
  end(stream: Readable): void {
    this.#forget(stream)?.feed.end()
  }

  #forget(stream: Readable): Follower | undefined {
    const follower = this.#streams.get(stream)
    for (const timer of follower?.timers ?? []) timer.cancel()
    this.#streams.delete(stream)
    return follower
  }

  #missed(lastEventId: string | undefined, tenantId: string | undefined): readonly Kept[] {
    const [epoch, digits = ''] = lastEventId?.split('-') ?? []
    if (epoch !== this.#epoch || !/^\d{1,15}$/.test(digits)) return []
    return this.#kept.filter((one) => one.number > Number(digits) && isFor(tenantId, one))
  }

  #hear(event: AuditEvent): void {
    if (!('callId' in event)) return
    const tenantId = this.#tenantOf(event)
    // Of a decision the trace is by far the largest part, and is not told.
    const slim = event.type === 'call.decided' ? { ...event, trace: [] } : event
    const kept: Kept = { number: ++this.#number, tenantId, atMs: this.#clock.now(), event: slim }
    this.#kept.push(kept)
    if (this.#kept.length >= 2 * keptMax) this.#kept = this.#kept.slice(-keptMax)
    for (const { feed, tenantId: of } of this.#streams.values()) {
      if (isFor(of, kept)) feed.tell(() => this.#textOf(kept))
    }
  }

  #textOf(kept: Kept): string {
    kept.text ??= this.#write(kept)
    return kept.text
  }

  #write({ number, tenantId: tenant, atMs, event }: Kept): string {
    const members = told.map((name) => [
      name,
      (event as unknown as Readonly<Record<string, unknown>>)[name],
    ])
    const at = new Date(atMs).toISOString()
    const data = JSON.stringify({ at, tenant, ...Object.fromEntries(members) })
    return `id: ${this.#epoch}-${number}\nevent: ${event.type}\ndata: ${data}\n\n`
  }

  /** Only the decision says whose call it is. */
  #tenantOf(event: CallEvent): string | undefined {
    const { callId } = event
    if (event.type === 'call.decided') {
      if (event.admitted && this.#tenants.size < callsMax) this.#tenants.set(callId, event.tenantId)
      return event.tenantId
    }
    const tenantId = this.#tenants.get(callId)
    if (event.type === 'call.ended') this.#tenants.delete(callId)
    return tenantId
  }
}

function isFor(tenantId: string | undefined, kept: Kept): boolean {
  return tenantId === undefined || tenantId === kept.tenantId
}
