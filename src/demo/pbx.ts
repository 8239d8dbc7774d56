import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { type Dial, OutgoingCall } from './outgoing-call.ts'
import { type Address, type Receive, UdpEnd } from './udp-end.ts'

export interface PbxOptions {
  readonly clock: Clock
  readonly random: Random
  /** Where the gate listens for SIP over UDP. */
  readonly gate: Address
  /** Of 127.0.0.0/8; 127.0.0.1 unless given. */
  readonly ownAddress?: string
}

/** A PBX with one trunk to the gate, as far as placing calls goes: real SIP over a UDP socket. */
export class Pbx implements AsyncDisposable {
  readonly #options: PbxOptions
  readonly #end: UdpEnd
  readonly #calls = new Map<string, OutgoingCall>()

  private constructor(options: PbxOptions, end: UdpEnd, calls: Map<string, OutgoingCall>) {
    this.#options = options
    this.#end = end
    this.#calls = calls
  }

  static async open(options: PbxOptions): Promise<Pbx> {
    const calls = new Map<string, OutgoingCall>()
    const receive: Receive = (message, from) => {
      calls.get(message.first('Call-ID'))?.receive(message, from)
    }
    const end = await UdpEnd.open(0, receive, options.ownAddress)
    return new Pbx(options, end, calls)
  }

  get gateHostPort(): string {
    const { address, port } = this.#options.gate
    return `${address}:${port}`
  }

  /** Sends the INVITE; what becomes of it stands in the call. */
  dial(dial: Dial): OutgoingCall {
    const { clock, random, gate } = this.#options
    const call = new OutgoingCall({
      dial,
      clock,
      gate,
      hostPort: this.#end.hostPort,
      callId: `${random.hex(12)}@pbx.demo`,
      tag: random.hex(6),
      branch: () => `z9hG4bK${random.hex(8)}`,
      send: (text, to) => this.#end.send(text, to),
    })
    this.#calls.set(call.callId, call)
    return call
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.#calls.values()) call.abandon()
    await this.#end[Symbol.asyncDispose]()
  }
}
