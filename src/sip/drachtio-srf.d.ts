/**
 * The part of drachtio-srf 5.0.29 that this room uses, and no more. The package's own types speak of
 * the dialogs and getters that we do without, and leave out the agent underneath, which we need.
 */
declare module 'drachtio-srf' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  namespace Srf {
    /** A parsed SIP text. Of all it holds we trust `raw` alone. */
    interface SipText {
      readonly raw: string
      method?: string | undefined
      uri?: string | undefined
      version?: string | undefined
      status: number
      reason: string
      headers: Record<string, string>
      body?: string | undefined
    }

    /** Where a message came from or went to, and what the engine calls it. */
    interface Placed {
      /** `network`, or `application` for what the engine sent by itself. */
      source: string
      source_address: string
      source_port: number
      protocol: string
      stackTime: string
      stackTxnId: string
      stackDialogId: string
    }

    interface Request extends EventEmitter, Placed {
      msg: SipText
      readonly method: string
      readonly uri: string
      socket: Socket
      agent: Agent
      res: Response
      server?: unknown
      receivedOn?: string
      sessionToken?: string
      readonly auth?: unknown
      get(header: string): string
      cancel(
        options: { headers?: Record<string, string> },
        callback: (error: unknown) => void,
      ): void
    }

    interface Response extends EventEmitter, Placed {
      msg: SipText
      meta: Meta
      readonly status: number
      readonly reason: string
      socket: Socket
      agent: Agent
      req: Request
      /** `req` without what setting it copies. */
      _req: Request
      finished: boolean
      get(header: string): string
      sendAck(dialogId: string, content?: Content): void
      sendPrack(dialogId: string, content?: Content): void
    }

    interface Content {
      readonly headers?: Record<string, string>
      readonly body?: string
    }

    interface RequestOptions extends Content {
      method: string
      uri?: string
      readonly stackDialogId?: string
      readonly stackTxnId?: string
      readonly proxy?: string
      readonly auth?: unknown
      _socket?: Socket | undefined
    }

    /** What a frame says of the message in it. */
    interface Meta {
      readonly source: string
      readonly address: string
      readonly port: string
      readonly protocol: string
      readonly time: string
      readonly transactionId: string
      readonly dialogId: string
    }

    /** Told of the reply to a frame: its fields, the SIP text that was sent, and where to. */
    type Reply = (tokens: readonly string[], text: string | undefined, meta: Meta) => void

    /** What the agent keeps of one connection to the engine. */
    interface Server {
      readonly hostport: string
      /** Never set by drachtio-srf, which reads it. */
      readonly socket: Socket
      /** Whom to tell of the reply to a frame, by the frame's id. */
      readonly pendingRequests: Map<string, Reply>
      readonly pendingPingRequests: Set<string>
      readonly pendingSipRequests: Map<string, { readonly req: Request }>
      readonly pendingSipAuthRequests: Map<string, boolean>
      readonly pendingNetworkInvites: Map<string, { readonly req: Request; readonly res: Response }>
      readonly pendingAckOrPrack: Map<string, (request: Request) => void>
    }

    interface WireProtocol extends EventEmitter {
      closing?: boolean
      readonly reconnectVars: { retryTimer: NodeJS.Timeout | null }
      send(socket: Socket, frame: string): string
    }

    type Requested = (error: unknown, request?: Request) => void
    type Answered = ((error: unknown, sent?: SipText) => void) | null | undefined
    type Acknowledged = ((request: Request) => void) | null | undefined

    interface Agent {
      readonly wp: WireProtocol
      readonly mapServer: Map<Socket, Server>
      puntUpTheMiddleware(request: Request, response: Response): void
      set(property: 'handler', handler: (request: Request, response: Response) => void): void
      request(
        options: RequestOptions,
        callback: (error: unknown, request: Request) => void,
        ...more: unknown[]
      ): void
      sendMessage(socket: Socket, message: SipText, options?: object): string
      sendResponse(
        response: Response,
        content: Content | undefined,
        answered?: Answered,
        acknowledged?: Acknowledged,
      ): void
      _onMsg(socket: Socket, frame: string): void
    }
  }

  class Srf extends EventEmitter {
    readonly app: { readonly client: Srf.Agent }
    connect(options: {
      host: string
      port: number
      secret: string
      reconnect: { retryMaxDelay: number }
    }): void
  }

  export = Srf
}

/** What drachtio-srf reads SIP texts with: the functions that its messages call by these names. */
declare module 'drachtio-srf/lib/sip-parser/parser.js' {
  namespace parser {
    interface ParsedText {
      method?: string
      uri?: string
      status?: number
      reason?: string
      version?: string
      headers: Record<string, string>
      body?: string
      payload?: readonly { readonly type: string | undefined; readonly content: string }[]
    }

    interface Parser {
      parseSipMessage(text: string, lazy: boolean): ParsedText | undefined
      stringifySipMessage(message: object): string
      getHeaderName(name: string): string
    }
  }

  const parser: parser.Parser
  export = parser
}

declare module 'drachtio-srf/lib/sip-parser/message.js' {
  class SipMessage {
    constructor(text?: string)
    get headers(): Record<string, string>
    set headers(headers: Record<string, string>)
    readonly type: 'request' | 'response' | 'unknown'
    getHeaderName(name: string): string | undefined
    get(name: string): string | undefined
    has(name: string): boolean
    set(header: string | Readonly<Record<string, string>>, value?: string): this
    getParsedHeader(name: string): unknown
    get calledNumber(): string
    get callingNumber(): string
    get callingName(): string
    toString(): string
  }
  export = SipMessage
}

declare module 'drachtio-srf/lib/request.js' {
  import type { Request as Base } from 'drachtio-srf'

  const Request: new () => Base
  export = Request
}

declare module 'drachtio-srf/lib/response.js' {
  import type { Agent, Response as Base } from 'drachtio-srf'

  const Response: new (agent?: Agent) => Base
  export = Response
}
