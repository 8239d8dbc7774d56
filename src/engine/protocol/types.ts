import type { Header } from '../message/message.ts'
import type { ProxyCommand } from '../proxy/command.ts'

/** One connected application, as the SIP core knows it. */
export interface Client {
  readonly id: number
  /** What it has announced itself by, for requests that are routed by tag (PROTOCOL 13). */
  readonly tags?: ReadonlySet<string>
  /** False once the connection is gone; what is sent to it then is dropped. */
  readonly alive: boolean
  /** Queues one frame: a head line and, where it has one, the SIP message. */
  send(head: string, message?: Buffer): void
  /** Closes a connection that was opened for a request which is not there any more. */
  end?(): void
}

/** A SIP request as an app writes it: headers in canonical case, nothing checked yet. */
export interface AppRequest {
  readonly kind: 'request'
  readonly startLine: string
  readonly method: string
  readonly uri: string
  readonly headers: readonly Header[]
  readonly body: Buffer
}

/** A SIP response as an app writes it. */
export interface AppResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: readonly Header[]
  readonly body: Buffer
}

/** The ids of a `sip` frame, empty where the app left them empty (PROTOCOL 4). */
export interface SipCommand {
  readonly frameId: string
  readonly transactionId: string
  readonly dialogId: string
  readonly routeUri: string
}

/** What the admin protocol asks of the SIP core. Every command gets exactly one reply. */
export interface Core {
  /** `proto/host:port,...` of every listener, as the world sees it and as we bind it. */
  readonly hostports: { readonly external: string; readonly local: string }
  /** False when the client has registered too many verbs. */
  addRoute(client: Client, verb: string): boolean
  removeRoute(client: Client, verb: string): void
  sendRequest(client: Client, command: SipCommand, message: AppRequest): void
  sendResponse(client: Client, command: SipCommand, message: AppResponse): void
  /** Forwards a request to other targets; of the app's message only the headers count. */
  proxyRequest(client: Client, command: ProxyCommand, message: AppRequest | undefined): void
  /** Ends everything the client owned: no call outlives its application. */
  clientGone(client: Client): void
}
