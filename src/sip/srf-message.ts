import SipMessage from 'drachtio-srf/lib/sip-parser/message.js'
import type { ParsedText } from 'drachtio-srf/lib/sip-parser/parser.js'
import { plainAddress, plainUser } from './srf-address.ts'
import type { SrfTextReader } from './srf-text.ts'
import { writeSipText } from './srf-writer.ts'

/** What a response has from its request, in drachtio-srf's order. */
const dialogHeaders = ['call-id', 'cseq', 'from', 'to'] as const

const assertedName = 'p-asserted-identity'

type Fields = { [Field in keyof ParsedText]: ParsedText[Field] | undefined }

/**
 * A SIP text with everything that drachtio-srf's own class gives of it, read when the first of it is
 * asked for: at most of what the engine echoes nobody looks.
 */
export class SrfMessage extends SipMessage {
  readonly #reader: SrfTextReader
  #read: Fields | undefined
  /** Whether there may be headers by other names than the reader gives. */
  #isOpen = false
  readonly raw: string

  /** Of a text; without one an empty message, to be filled. */
  constructor(reader: SrfTextReader, raw?: string | undefined) {
    super()
    this.#reader = reader
    // As in an empty message of drachtio-srf, where it is not there.
    this.raw = raw as string
    if (raw === undefined) this.#read = { headers: {} }
  }

  /** Whether the text is a message. */
  get isReadable(): boolean {
    this.#read ??= this.#parsed()
    return this.#read !== undefined
  }

  /** As they stand in the text, of which nothing is there when it is no message. */
  get #fields(): Fields {
    this.#read ??= this.#parsed() ?? { headers: {} }
    return this.#read
  }

  #parsed(): Fields | undefined {
    const plain = this.#reader.plain(this.raw)
    if (plain) return plain
    this.#isOpen = true
    return this.#reader.parse(this.raw, true)
  }

  get #headers(): Record<string, string> {
    const fields = this.#fields
    fields.headers ??= {}
    return fields.headers
  }

  override get headers(): Record<string, string> {
    this.#isOpen = true
    return this.#headers
  }

  override set headers(headers: Record<string, string>) {
    // drachtio-srf's constructor sets them before there is anything of ours.
    if (!(#reader in this)) return
    this.#isOpen = true
    this.#fields.headers = headers
  }

  get method(): string | undefined {
    return this.#fields.method
  }

  set method(method: string | undefined) {
    this.#fields.method = method
  }

  get uri(): string | undefined {
    return this.#fields.uri
  }

  set uri(uri: string | undefined) {
    this.#fields.uri = uri
  }

  get status(): number {
    return this.#fields.status as number
  }

  set status(status: number) {
    this.#fields.status = status
  }

  get reason(): string {
    return this.#fields.reason as string
  }

  set reason(reason: string) {
    this.#fields.reason = reason
  }

  get version(): string | undefined {
    return this.#fields.version
  }

  set version(version: string | undefined) {
    this.#fields.version = version
  }

  get body(): string | undefined {
    return this.#fields.body
  }

  set body(body: string | undefined) {
    this.#fields.body = body
  }

  get payload(): ParsedText['payload'] {
    return this.#fields.payload
  }

  set payload(payload: ParsedText['payload']) {
    this.#fields.payload = payload
  }

  override getHeaderName(header: string): string | undefined {
    const lower = header.toLowerCase()
    const headers = this.#headers
    if (!this.#isOpen && this.#reader.isAlone(lower))
      return Object.hasOwn(headers, lower) ? lower : undefined
    for (const name in headers) {
      // In lower case a name may be longer (U+0130), but is never shorter.
      if (name === lower || (name.length <= lower.length && name.toLowerCase() === lower))
        return name
    }
    return undefined
  }

  override get(header: string): string | undefined {
    const name = this.getHeaderName(this.#reader.nameOf(header))
    return name ? this.#headers[name] : undefined
  }

  override getParsedHeader(header: string): unknown {
    const kind = header.toLowerCase()
    if (kind !== 'from' && kind !== 'to' && kind !== 'contact') return super.getParsedHeader(header)
    const text = this.get(header)
    const address = typeof text === 'string' ? plainAddress(text) : undefined
    if (!address) return super.getParsedHeader(header)
    return kind === 'contact' ? [address] : address
  }

  override get calledNumber(): string {
    return plainUser(this.uri) ?? super.calledNumber
  }

  override get callingNumber(): string {
    return plainUser(this.#caller) ?? super.callingNumber
  }

  override get callingName(): string {
    // A name is one in quotes.
    return this.#caller?.includes('"') === false ? '' : super.callingName
  }

  get #caller(): string | undefined {
    return this.get(this.has(assertedName) ? assertedName : 'from')
  }

  override has(header: string): boolean {
    return !!this.getHeaderName(header)
  }

  override set(header: string | Readonly<Record<string, string>>, value?: string): this {
    const headers = this.#headers
    if (typeof header === 'object') addHeaders(headers, header, this.#reader)
    // drachtio-srf gathers what is set in an object, of which this is no property.
    else if (header !== '__proto__') add(headers, this.#reader.nameOf(header), value)
    return this
  }

  /** Notes the length of the body among the headers, a number as drachtio-srf has it. */
  noteLength(): void {
    const headers: Record<string, unknown> = this.#headers
    headers['content-length'] = (this.body || '').length
  }

  /** The headers, to be added to. */
  copiedHeaders(): Record<string, string> {
    return { ...this.#headers }
  }

  /** Whether it has all that tells its dialog. */
  get namesDialog(): boolean {
    return dialogHeaders.every((name) => this.has(name))
  }

  /** A message to be filled, with what a response has from this request. */
  answer(): SrfMessage {
    const answer = new SrfMessage(this.#reader)
    const { 'call-id': callId, cseq, from, to } = this.#headers
    if (
      !this.#isOpen &&
      callId !== undefined &&
      cseq !== undefined &&
      from !== undefined &&
      to !== undefined
    )
      answer.#fields.headers = { 'call-id': callId, cseq, from, to }
    else for (const name of dialogHeaders) if (this.has(name)) answer.set(name, this.get(name))
    return answer
  }

  override toString(): string {
    this.noteLength()
    return writeSipText({ ...this.#fields, headers: this.#headers })
  }

  /**
   * As drachtio-srf writes a message out, but for one that is being filled: that it does with every
   * response, for a debug log that is off.
   */
  toJSON(): object | undefined {
    if (this.raw === undefined) return undefined
    const { headers, raw, body, method, version, status, reason, uri, payload } = this
    return { headers, raw, body, method, version, status, reason, uri, payload }
  }
}

/** Puts headers to others as drachtio-srf does: behind a comma where there is one of the name. */
export function addHeaders(
  headers: Record<string, string>,
  added: Readonly<Record<string, string | undefined>>,
  reader: SrfTextReader,
): void {
  for (const header of Object.keys(added)) add(headers, reader.nameOf(header), added[header])
}

function add(headers: Record<string, string>, name: string, value: string | undefined): void {
  headers[name] = name in headers ? `${headers[name]},${value}` : `${value}`
}
