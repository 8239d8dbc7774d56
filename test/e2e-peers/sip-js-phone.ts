import {
  Invitation,
  Inviter,
  Registerer,
  RegistererState,
  type Session,
  SessionState,
  UserAgent,
} from 'sip.js'
import { expect } from 'vitest'
import { soon } from '../support/soon.ts'
import { FixedMedia, fixedMedia } from './fixed-media.ts'

export interface SipJsOptions {
  /** Where it connects: `ws://...`. */
  readonly url: string
  readonly user: string
}

/** sip.js as a phone on a WebSocket. */
export class SipJsPhone implements AsyncDisposable {
  /** Calls that have come in. */
  readonly calls: SipJsCall[] = []
  readonly #agent: UserAgent

  private constructor(agent: UserAgent) {
    this.#agent = agent
    agent.delegate = { onInvite: (invitation) => this.calls.push(new SipJsCall(invitation)) }
  }

  /** Resolves once it is connected. */
  static async connect({ url, user }: SipJsOptions): Promise<SipJsPhone> {
    const phone = new SipJsPhone(
      new UserAgent({
        uri: addressOf(user),
        transportOptions: { server: url },
        sessionDescriptionHandlerFactory: fixedMedia,
        logBuiltinEnabled: false,
        gracefulShutdown: false,
      }),
    )
    await phone.#agent.start()
    return phone
  }

  /** Registers, and stays so until it leaves. */
  async register(): Promise<void> {
    const registerer = new Registerer(this.#agent, { expires: 600 })
    await registerer.register()
    await soon(() => expect(registerer.state).toBe(RegistererState.Registered))
  }

  /** Places a call with these headers besides its own. */
  async call(user: string, headers: readonly string[] = []): Promise<SipJsCall> {
    const inviter = new Inviter(this.#agent, addressOf(user), { extraHeaders: [...headers] })
    const call = new SipJsCall(inviter)
    await inviter.invite({
      requestDelegate: {
        onProgress: ({ message }) => call.answers.push(message),
        onAccept: ({ message }) => call.answers.push(message),
        onReject: ({ message }) => call.answers.push(message),
      },
    })
    return call
  }

  /** The next call that comes in. */
  async nextCall(): Promise<SipJsCall> {
    const before = this.calls.length
    return soon(() => {
      const call = this.calls[before]
      if (!call) throw new Error('no call has come in')
      return call
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.stop()
  }
}

interface Answer {
  readonly statusCode?: number | undefined
  getHeader(name: string): string | undefined
}

/** A call of such a phone. */
class SipJsCall {
  /** What its INVITE was answered with. */
  readonly answers: Answer[] = []
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  /** Of a call that came in: its INVITE's header. */
  header(name: string): string | undefined {
    return this.#incoming.request.getHeader(name)
  }

  async answer(): Promise<void> {
    await this.#incoming.accept()
  }

  async cancel(): Promise<void> {
    if (!(this.#session instanceof Inviter)) throw new Error('only a caller cancels')
    await this.#session.cancel()
  }

  /**
   * Sends a re-INVITE that holds or resumes, and resolves once it is answered. Until its ACK of the one
   * before is read sip.js neither sends nor takes one; then it is sent again, as RFC 3261 14.1 has it.
   */
  async hold(holds: boolean): Promise<void> {
    const { media } = this
    const before = media.heard.length
    let isOffered = false
    const onReject = () => {
      isOffered = false
    }
    await soon(async () => {
      if (!isOffered) {
        media.offerNext(holds)
        await this.#session.invite({ requestDelegate: { onReject } })
        isOffered = true
      }
      expect(media.heard.length).toBeGreaterThan(before)
    })
  }

  async hangUp(): Promise<void> {
    await this.#session.bye()
  }

  /** Resolves when the call has come to this state. */
  async until(state: 'Established' | 'Terminated'): Promise<void> {
    await soon(() => expect(this.#session.state).toBe(SessionState[state]))
  }

  /** What it knows of the other side's media. */
  get media(): FixedMedia {
    const media = this.#session.sessionDescriptionHandler
    if (!(media instanceof FixedMedia)) throw new Error('no media yet')
    return media
  }

  get #incoming(): Invitation {
    if (!(this.#session instanceof Invitation)) throw new Error('this phone has placed the call')
    return this.#session
  }
}

function addressOf(user: string) {
  const uri = UserAgent.makeURI(`sip:${user}@gate.example`)
  if (!uri) throw new Error(`no URI of ${user}`)
  return uri
}
