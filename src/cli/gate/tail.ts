import { type Clock, sleep, systemClock } from '../../kernel/clock.ts'
import { Failure, hasCode } from '../../kernel/failure.ts'
import { command, exitCodes, printable, type Terminal } from '../command.ts'
import { optional } from '../line/options.ts'
import { show } from '../line/show.ts'
import { word } from '../line/values.ts'
import { ask } from './client.ts'
import { readEvents, type StreamEvent } from './events.ts'
import { gateOptions } from './options.ts'
import { type GatePlace, placeOf } from './where.ts'

/** A gate ends a stream after ten minutes, so that its reader says anew who it is. */
const againAfterMs = 2_000
/** How long a gate that was there may be gone. */
const goneMaxMs = 300_000

/** Members of an event that are told to people, in this order. */
const told = ['tenant', 'keyId', 'trunkId', 'mode', 'attestation', 'reason', 'status'] as const
const toldLast = ['endedBy', 'cause', 'durationMs', 'costMicros', 'currency'] as const

type Data = Readonly<Record<string, unknown>>

/** `tollgate calls tail`: what happens on a gate, until it is interrupted. */
export const callsTail = command({
  options: { tenant: optional(word('<id>'), 'Only of this tenant.'), ...gateOptions },
  async run({ values }, terminal) {
    const place = await placeOf(values)
    const follower = new Follower(place, systemClock(), terminal)
    for await (const { event, data } of follower.events()) {
      const parsed = JSON.parse(data) as Data
      if (values.tenant !== undefined && parsed.tenant !== values.tenant) continue
      const value = { event, ...parsed }
      show(terminal, { json: values.json, value, lines: [lineOf(event, parsed)] })
      await terminal.drained?.()
    }
    return exitCodes.ok
  },
})

/** Follows a gate across the ends of its streams, without a gap as far as the gate remembers. */
class Follower {
  readonly #place: GatePlace
  readonly #clock: Clock
  readonly #terminal: Terminal
  #lastId: string | undefined
  #heardAtMs: number | undefined

  constructor(place: GatePlace, clock: Clock, terminal: Terminal) {
    this.#place = place
    this.#clock = clock
    this.#terminal = terminal
  }

  async *events(): AsyncGenerator<StreamEvent, void, void> {
    for (;;) {
      try {
        for await (const event of await this.#open()) {
          this.#lastId = event.id ?? this.#lastId
          yield event
        }
      } catch (error) {
        this.#complain(error)
      }
      await sleep(this.#clock, againAfterMs)
    }
  }

  async #open(): Promise<AsyncIterable<StreamEvent>> {
    const headers = this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }
    const response = await ask(this.#place, { method: 'GET', path: '/v1/calls/stream', headers })
    this.#heardAtMs = this.#clock.monotonic()
    return readEvents(response)
  }

  /** Throws where it never was there, refuses us, or is gone for good. */
  #complain(error: unknown): void {
    const isOfTheWay = error instanceof Failure && error.cause !== undefined
    const isCut = error instanceof Error && hasCode(error, 'ECONNRESET')
    const goneMs = this.#clock.monotonic() - (this.#heardAtMs ?? Number.NEGATIVE_INFINITY)
    if (!(isOfTheWay || isCut) || goneMs > goneMaxMs) throw error
    this.#terminal.err(printable(`${error.message}; trying again`))
  }
}

function lineOf(event: string, data: Data): string {
  const { at, callId, caller, called, direction, admitted } = data
  const ends = caller || called ? [`${caller ?? '?'} -> ${called ?? '?'}`] : []
  const verdict = admitted === undefined ? [] : [admitted ? 'admitted' : 'refused']
  const words = [at, event, callId, ...ends, direction, ...verdict]
  const figures = [...told, ...toldLast].map(
    (name) => data[name] != null && `${name}=${data[name]}`,
  )
  return [...words, ...figures].filter(Boolean).join(' ')
}
