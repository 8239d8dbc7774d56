import type { SessionDescriptionHandler, SessionDescriptionHandlerFactory } from 'sip.js'

type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

const answerTo: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

/** Media of a call without any: descriptions as a phone writes them, and what the other side sent. */
export class FixedMedia implements SessionDescriptionHandler {
  /** Directions of the other side's descriptions, in order. */
  readonly heard: Direction[] = []
  /** Whether its next offer puts the call on hold. */
  holds = false
  #version = 0
  #answers: Direction | undefined

  close(): void {}

  async getDescription(): Promise<{ body: string; contentType: string }> {
    const own = this.holds ? 'sendonly' : 'sendrecv'
    const direction = this.#answers ? answerTo[this.#answers] : own
    this.#answers = undefined
    this.#version++
    return { body: description(this.#version, direction), contentType: 'application/sdp' }
  }

  hasDescription(contentType: string): boolean {
    return contentType === 'application/sdp'
  }

  /** RFC 3264 6.1: an answer mirrors its offer; whatever comes before the next own one is one. */
  async setDescription(sdp: string): Promise<void> {
    const [direction = 'sendrecv'] = /(?<=^a=)(send|recv)(recv|only)|inactive/m.exec(sdp) ?? []
    this.heard.push(direction as Direction)
    this.#answers = direction as Direction
  }

  /** The other side has answered: the next description is an offer again. */
  offerNext(holds: boolean): void {
    this.holds = holds
    this.#answers = undefined
  }

  sendDtmf(): boolean {
    return false
  }
}

/** For user agents of which each call is to have such media. */
export const fixedMedia: SessionDescriptionHandlerFactory = () => new FixedMedia()

function description(version: number, direction: Direction): string {
  const lines = ['v=0', `o=page 4711 ${version} IN IP4 192.0.2.10`, 's=-', 'c=IN IP4 192.0.2.10']
  const media = ['t=0 0', 'm=audio 49170 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', `a=${direction}`]
  return `${[...lines, ...media].join('\r\n')}\r\n`
}
