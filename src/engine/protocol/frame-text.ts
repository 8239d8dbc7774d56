import type { Clock } from '../../kernel/clock.ts'
import type { Endpoint, PeerCertificate } from '../transport/types.ts'

const dayMs = 86_400_000

/** What a frame says about one SIP message on its way. */
export interface MessageFacts {
  /** `network` for what came off the wire or stands for it; `application` for what we sent. */
  readonly source: 'network' | 'application'
  /** Size on the wire, bytes; 0 for a message that never was on one. */
  readonly size: number
  readonly protocol: string
  readonly address: string
  readonly port: number
  readonly transactionId: string
  readonly dialogId: string
}

/**
 * Writes the first lines of server frames (PROTOCOL 2 to 5). Frame ids are unique in the process;
 * the time of day is made once a second and completed with the milliseconds.
 */
export class FrameText {
  readonly #clock: Clock
  #lastId = 0
  #second = -1
  #secondText = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The time of day in UTC as `HH:MM:SS.uuuuuu`; the clock gives milliseconds, the rest is 0. */
  timeOfDay(): string {
    const ofDayMs = this.#clock.now() % dayMs
    const second = Math.floor(ofDayMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      const hours = Math.floor(second / 3600)
      const minutes = Math.floor(second / 60) % 60
      this.#secondText = `${pad2(hours)}:${pad2(minutes)}:${pad2(second % 60)}.`
    }
    return `${this.#secondText}${String(Math.floor(ofDayMs) % 1000).padStart(3, '0')}000`
  }

  /** `<id>|response|<app frame id>|<verdict>[|<more>]`. */
  reply(frameId: string, verdict: 'OK' | 'NO' | 'NOK', more?: string): string {
    const text = `${this.#id()}|response|${frameId}|${verdict}`
    return more === undefined ? text : `${text}|${more}`
  }

  /** The reply to a request sent (PROTOCOL 4.3): the transaction id, then the literal and ''. */
  requestSent(frameId: string, facts: MessageFacts): string {
    return this.reply(frameId, 'OK', `${this.#facts(facts)}|${facts.transactionId}|Msg sent:|`)
  }

  /** The reply to a response sent (PROTOCOL 4.4): two more fields, the dialog id and ''. */
  responseSent(frameId: string, facts: MessageFacts): string {
    const ids = `${facts.transactionId}|${facts.dialogId}||Msg sent:|`
    return this.reply(frameId, 'OK', `${this.#facts(facts)}|${ids}`)
  }

  /** The reply that tells of one target's answer (PROTOCOL 12): the last field says that more come. */
  targetAnswered(frameId: string, facts: MessageFacts): string {
    return this.reply(frameId, 'OK', `${this.#facts(facts)}|||continue`)
  }

  /** A message for the app that is not a new request (PROTOCOL 5): ten fields and ''. */
  message(facts: MessageFacts): string {
    return `${this.#id()}|sip|${this.#facts(facts)}|${facts.transactionId}|${facts.dialogId}|`
  }

  /**
   * A new request (PROTOCOL 5): only here does "received on" follow, by which apps tell it. Where its
   * sender has shown a certificate three fields of our own come behind, see docs/decisions/0042: ''
   * where drachtio-srf has its session token, the fingerprint, and the first verified name or ''.
   */
  newRequest(facts: MessageFacts, receivedOn: Endpoint, certificate?: PeerCertificate): string {
    const text = `${this.message(facts)}${receivedOn.address}|${receivedOn.port}|`
    if (!certificate) return text
    return `${text}|${certificate.fingerprint256}|${certificate.verifiedNames[0] ?? ''}`
  }

  /** A call record (PROTOCOL 14): `<id>|cdr:<type>|<source>|<time>[|<role or reason>]`. */
  record(type: string, parts: readonly string[]): string {
    return `${this.#id()}|${type}|${parts.join('|')}`
  }

  #facts(facts: MessageFacts): string {
    const { source, size, protocol, address, port } = facts
    return `${source}|${size}|${protocol}|${address}|${port}|${this.timeOfDay()}`
  }

  #id(): string {
    this.#lastId += 1
    return `e${this.#lastId.toString(36)}`
  }
}

function pad2(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
