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
      status: number
      reason: string
    }

    interface Request extends EventEmitter {
      readonly msg: SipText
      readonly method: string
      readonly uri: string
      /** `network`, or `application` for what the engine sent by itself. */
      readonly source: string
      readonly source_address: string
      readonly source_port: number
      readonly protocol: string
      readonly stackTxnId: string
      readonly stackDialogId: string
      socket: Socket
      get(header: string): string
      cancel(
        options: { headers?: Record<string, string> },
        callback: (error: unknown) => void,
      ): void
    }

    interface Response {
      readonly msg: SipText
      readonly status: number
      readonly reason: string
      readonly socket: Socket
      readonly req: Request
      stackDialogId: string
      finished: boolean
    }

    interface Content {
      readonly headers?: Record<string, string>
      readonly body?: string
    }

    interface RequestOptions extends Content {
      readonly method: string
      readonly uri?: string
      readonly stackDialogId?: string
      readonly _socket: Socket
    }

    /** What the agent keeps of one connection to the engine. */
    interface Server {
      /** Whom to tell of the reply to a frame, by the frame's id. */
      readonly pendingRequests: Map<string, () => void>
      readonly pendingSipRequests: Map<string, unknown>
      readonly pendingNetworkInvites: Map<string, { readonly req: Request }>
    }

    interface WireProtocol extends EventEmitter {
      closing?: boolean
      readonly reconnectVars: { retryTimer: NodeJS.Timeout | null }
      send(socket: Socket, frame: string): string
    }

    interface Agent {
      readonly wp: WireProtocol
      readonly mapServer: Map<Socket, Server>
      set(property: 'handler', handler: (request: Request, response: Response) => void): void
      request(options: RequestOptions, callback: (error: unknown, request: Request) => void): void
      sendResponse(response: Response, content: Content, callback?: (error: unknown) => void): void
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
      body: string
      payload: readonly { readonly type: string | undefined; readonly content: string }[]
    }

    interface Parser {
      parseSipMessage(text: string, lazy: boolean): ParsedText | undefined
      getHeaderName(name: string): string
    }
  }

  const parser: parser.Parser
  export = parser
}

declare module 'drachtio-srf/lib/sip-parser/message.js' {
  class SipMessage {
    constructor(text?: string)
    headers: Record<string, string>
    getHeaderName(name: string): string | undefined
    get(name: string): string | undefined
    toJSON(): unknown
  }
  export = SipMessage
}

declare module 'drachtio-srf/lib/request.js' {
  namespace Request {
    interface Meta {
      readonly source: string
      readonly address: string
      readonly port: string
      readonly protocol: string
      readonly time: string
      readonly transactionId: string
      readonly dialogId: string
      readonly server?: unknown
      readonly receivedOn?: string
      readonly sessionToken?: string
    }
  }

  class Request {
    source: string
    source_address: string
    source_port: number
    protocol: string
    stackTime: string
    stackTxnId: string
    stackDialogId: string
    server?: unknown
    receivedOn?: string
    sessionToken?: string
    meta: Request.Meta
  }
  export = Request
}
