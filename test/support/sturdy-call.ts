import { setTimeout as delay } from 'node:timers/promises'
import { answerText, messageText, type SipText, tagOf, uriOf } from '../../src/demo/sip-text.ts'
import type { Repeating, Reply, SturdyEnd } from './sturdy-end.ts'

const t2Ms = 4_000
const giveUpMs = 32_000
const methods = 'INVITE, ACK, CANCEL, BYE, UPDATE, PRACK'

/** What answers a request whose call has just been given up. */
const overStatuses: readonly number[] = [481, 487]
/** RFC 3261 14.1: how long who has not chosen the Call-ID waits after a 491, milliseconds. */
const glareMs = 1_000
/** How often one tries in the face of glare: what the other side has under way may take 64*T1. */
const glareMax = 32

type Headers = readonly (readonly [string, string])[]

/** Which call, and who has it with whom. */
export interface SturdyDialog {
  readonly callId: string
  /** From and To of a request that we send. */
  readonly local: string
  remote: string
  /** What our requests ask for. */
  target: string
}

/** Something that is repeated until it is acknowledged. */
interface Ringing {
  readonly repeating: Repeating
  readonly acknowledged: () => void
}

/** One call on a `SturdyEnd`, of the one who calls or of a branch that was called. RFC 3261 12, 13. */
export class SturdyCall {
  readonly dialog: SturdyDialog
  /** Requests of the other side other than PRACK and ACK, in order, by method. */
  readonly asked: string[] = []
  /** Provisional responses as the caller has accepted them, in order, each once. */
  readonly rung: SipText[] = []
  /** What neither side of a call should ever do. */
  readonly faults: string[] = []
  readonly #end: SturdyEnd
  readonly #name: string
  readonly #ended = Promise.withResolvers<string>()
  readonly #acks = new Map<string, string>()
  readonly #accepting = new Map<number, Ringing>()
  readonly #reliable = new Map<string, Ringing>()
  readonly #heard = new Map<string, number>()
  #pracks: Promise<unknown>[] = []
  #cseq = 1
  #remoteCseq = 0
  #inviteText = ''
  #rseq = 0
  #isGivenUp = false
  #branches = 0

  constructor(end: SturdyEnd, name: string, dialog: SturdyDialog) {
    this.#end = end
    this.#name = name
    this.dialog = dialog
  }

  /** Resolves with who has hung up or cancelled, when somebody has. */
  get ended(): Promise<string> {
    return this.#ended.promise
  }

  /** Opens the call; the final response. A reliable provisional one is acknowledged, in its order. */
  async invite(
    headers: Headers,
    body: string,
    heard: (response: SipText) => void = () => undefined,
  ) {
    this.#inviteText = this.#text('INVITE', this.#cseq, {
      headers: [...this.#contact, ...headers],
      body,
    })
    const final = await this.#end.request(this.#inviteText, (response) => {
      if (this.#takeProvisional(response)) heard(response)
    })
    await Promise.all(this.#pracks)
    return final
  }

  /** RFC 3261 9.1; only after a provisional response. */
  async cancel(): Promise<void> {
    this.#isGivenUp = true
    const text = this.#inviteText
      .replace(/^INVITE/, 'CANCEL')
      .replace('CSeq: 1 INVITE', 'CSeq: 1 CANCEL')
      .replace(/\r\n(?:Contact|Require|Supported|Content-Type|X-API-Key): [^\r]*/g, '')
      .replace(/Content-Length: \d+\r\n\r\n.*$/s, 'Content-Length: 0\r\n\r\n')
    this.#expect(await this.#end.request(text), 200)
  }

  /** A request within the call that has to be taken, after a 491 at a later time. RFC 3261 14.1. */
  async change(method: 'INVITE' | 'UPDATE', body: string): Promise<SipText> {
    let answer = await this.#request(method, body)
    for (let glare = 0; answer.status === 491 && glare < glareMax; glare++) {
      await delay(glareMs)
      answer = await this.#request(method, body)
    }
    this.#expect(answer, 200)
    return answer
  }

  async hangUp(): Promise<void> {
    this.#expect(await this.#request('BYE', ''), 200)
    this.#ended.resolve('us')
  }

  /** Each 2xx to an INVITE of ours: its ACK goes out as often as it comes. */
  accepted(response: SipText): void {
    const key = `${response.cseqNumber} ${tagOf(response.first('To'))}`
    const known = this.#acks.get(key)
    if (known === undefined) {
      this.dialog.remote = response.first('To')
      this.dialog.target = uriOf(response.first('Contact'))
    }
    const ack = known ?? this.#text('ACK', response.cseqNumber, { headers: [], body: '' })
    this.#acks.set(key, ack)
    this.#end.send(ack)
  }

  /** Serves a request of the other side. */
  asks(request: SipText, reply: Reply): void {
    const { method = '', cseqNumber } = request
    if (method === 'ACK') this.#acknowledged(cseqNumber)
    else if (method === 'CANCEL') this.#cancelled(request, reply)
    else if (cseqNumber < this.#remoteCseq) this.#late(request, reply)
    else if (method === 'PRACK') this.#pracked(request, reply)
    else this.#serve(request, reply)
    if (method !== 'ACK') this.#remoteCseq = Math.max(cseqNumber, this.#remoteCseq)
  }

  /** Rings reliably; resolves when that is acknowledged. RFC 3262 3. */
  ringReliably(invite: SipText, line: string, body = ''): Promise<void> {
    const rseq = ++this.#rseq
    const { promise, resolve } = Promise.withResolvers<void>()
    const more = `Require: 100rel\r\nRSeq: ${rseq}\r\nAllow: ${methods}\r\n`
    const giveUp = () => this.faults.push(`${this.#name}: nobody acknowledges ${line}`)
    const text = this.#answer(invite, line, body).replace(/Call-ID:/, `${more}Call-ID:`)
    const repeating = this.#end.repeat(text, { maxMs: giveUpMs, giveUp })
    this.#reliable.set(`${rseq} ${invite.cseqNumber} INVITE`, { repeating, acknowledged: resolve })
    return promise
  }

  /** Rings once, which may be lost. */
  ring(invite: SipText, line: string, reply: Reply): void {
    reply(this.#answer(invite, line, ''))
  }

  /** Answers the call; resolves when that is acknowledged. RFC 3261 13.3.1.4. */
  accept(invite: SipText, reply: Reply, body: string): Promise<void> {
    const text = this.#answer(invite, '200 OK', body)
    this.#stopRinging()
    // The transaction is told, so that it takes no more INVITEs.
    reply(text)
    return this.#acceptUntilAck(invite.cseqNumber, text)
  }

  /** The call has been refused by us, after a CANCEL. */
  refuse(invite: SipText, reply: Reply, line: string): void {
    this.#stopRinging()
    reply(this.#answer(invite, line, ''))
  }

  get #contact(): Headers {
    return [
      ['Contact', `<sip:${this.#end.hostPort}>`],
      ['Allow', methods],
    ]
  }

  #answer(invite: SipText, line: string, body: string): string {
    const contact = `sip:${this.#end.hostPort}`
    return answerText(invite, line, { toTag: tagOf(this.dialog.local), contact, body })
  }

  /** Whether a provisional response is new; a reliable one is acknowledged. RFC 3262 4. */
  #takeProvisional(response: SipText): boolean {
    if (!response.all('Require').some((tags) => tags.includes('100rel'))) return true
    const tag = tagOf(response.first('To'))
    const rseq = Number(response.first('RSeq'))
    const last = this.#heard.get(tag)
    if (last !== undefined && rseq !== last + 1) return false
    this.#heard.set(tag, rseq)
    this.rung.push(response)
    this.dialog.remote = response.first('To')
    this.dialog.target = uriOf(response.first('Contact'))
    const headers = [['RAck', `${rseq} ${response.cseqNumber} INVITE`]] as const
    const text = this.#text('PRACK', ++this.#cseq, { headers, body: '' })
    this.#pracks.push(this.#acknowledge(text))
    return true
  }

  /** RFC 3262 3: after a final response no provisional one is repeated; its PRACK may come still. */
  #stopRinging(): void {
    for (const { repeating } of this.#reliable.values()) repeating.stop()
  }

  async #acknowledge(prack: string): Promise<void> {
    const answer = await this.#end.request(prack)
    // RFC 3261 12.2.2, 15.1.2: what was under way in a call that is given up meets nothing.
    if (!this.#isGivenUp || !overStatuses.includes(answer.status ?? 0)) this.#expect(answer, 200)
  }

  #request(method: string, body: string): Promise<SipText> {
    const headers = method === 'BYE' ? [] : this.#contact
    return this.#end.request(this.#text(method, ++this.#cseq, { headers, body }))
  }

  #acceptUntilAck(cseq: number, text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const giveUp = () => this.faults.push(`${this.#name}: no ACK to the 2xx of INVITE ${cseq}`)
    const repeating = this.#end.repeat(text, { maxMs: t2Ms, giveUp })
    this.#accepting.set(cseq, { repeating, acknowledged: resolve })
    return promise
  }

  /** RFC 3261 12.2.2. A call that is over lets go of what was under way. */
  #late(request: SipText, reply: Reply): void {
    if (!this.asked.includes('BYE')) this.faults.push(`${this.#name}: late: ${request.startLine}`)
    reply(answerText(request, '500 Out Of Order'))
  }

  #serve(request: SipText, reply: Reply): void {
    const { method = '', cseqNumber } = request
    this.asked.push(method)
    const contact = `sip:${this.#end.hostPort}`
    const body = request.body === '' ? '' : media(`${this.#name}-${cseqNumber}`)
    const answer = answerText(request, '200 OK', { contact, body })
    if (method === 'INVITE') void this.#acceptUntilAck(cseqNumber, answer)
    else reply(answer)
    if (method === 'BYE') this.#ended.resolve('peer')
  }

  #acknowledged(cseq: number): void {
    const accepting = this.#accepting.get(cseq)
    if (!accepting) this.faults.push(`${this.#name}: an ACK to nothing`)
    accepting?.repeating.stop()
    accepting?.acknowledged()
  }

  #cancelled(request: SipText, reply: Reply): void {
    reply(answerText(request, '200 OK', { toTag: tagOf(this.dialog.local) }))
    this.asked.push('CANCEL')
    this.#ended.resolve('peer')
  }

  #pracked(request: SipText, reply: Reply): void {
    const ringing = this.#reliable.get(request.first('RAck'))
    if (!ringing) this.faults.push(`${this.#name}: a PRACK of nothing`)
    reply(answerText(request, ringing ? '200 OK' : '481 Nothing To Acknowledge'))
    ringing?.repeating.stop()
    ringing?.acknowledged()
    this.#reliable.delete(request.first('RAck'))
  }

  #expect(answer: SipText, status: number): void {
    if (answer.status === status) return
    this.faults.push(`${this.#name}: ${answer.startLine} to ${answer.first('CSeq')}`)
  }

  #text(
    method: string,
    cseq: number,
    { headers, body }: { headers: Headers; body: string },
  ): string {
    const { callId, local, remote, target } = this.dialog
    const branch = `z9hG4bK-${tagOf(local)}-${++this.#branches}`
    return messageText({
      start: `${method} ${target} SIP/2.0`,
      headers: [
        ['Via', `SIP/2.0/UDP ${this.#end.hostPort};rport;branch=${branch}`],
        ['Max-Forwards', '70'],
        ['From', local],
        ['To', remote],
        ['Call-ID', callId],
        ['CSeq', `${cseq} ${method}`],
        ...headers,
      ],
      body,
    })
  }
}

/** A session description that can be told from others by its session name. */
export function media(name: string): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', `s=${name}`, 'c=IN IP4 127.0.0.1', 't=0 0']
  return [...lines, 'm=audio 40000 RTP/AVP 0', ''].join('\r\n')
}
