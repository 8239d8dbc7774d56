import { type EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'
import type { Agent } from 'drachtio-srf'

/** As much of drachtio-srf 5.0.29 as these tests touch; the package itself is not changed. */
export interface SrfMessage extends EventEmitter {
  readonly method: string
  readonly status: number
  readonly body: string
  readonly canceled?: boolean
  readonly stackTxnId: string
  get(name: string): string
  cancel(callback?: (error: unknown) => void): void
}

export interface SrfResponse {
  send(status: number, options?: object): void
}

export interface SrfDialog extends EventEmitter {
  readonly id: string
  readonly type: string
  readonly local: { sdp: string }
  readonly remote: { sdp: string }
  destroy(): Promise<unknown>
  modify(sdp: string): Promise<string>
  request(options: object): Promise<{ status: number; body: string }>
}

export type Handler = (request: SrfMessage, response: SrfResponse) => void

export interface Srf extends EventEmitter {
  readonly app: { readonly client: Agent }
  connect(options: object): void
  disconnect(): void
  listen(options: object): Server
  endSession(message: unknown): void
  invite(handler: Handler): void
  options(handler: Handler): void
  register(handler: Handler): void
  createB2BUA(
    request: SrfMessage,
    response: SrfResponse,
    uri: string,
    options?: object,
  ): Promise<{ uas: SrfDialog; uac: SrfDialog }>
  createUAS(request: SrfMessage, response: SrfResponse, options: object): Promise<SrfDialog>
  createUAC(uri: string, options: object, progress?: object): Promise<SrfDialog>
  request(uri: string, options: object): Promise<SrfMessage>
}

const Constructor = createRequire(import.meta.url)('drachtio-srf') as new () => Srf

/** An application on unmodified drachtio-srf, connected and authenticated. */
export async function connectSrf(
  port: number,
  secret = 'cymru',
  prepare: (agent: Agent) => void = () => undefined,
): Promise<Srf> {
  const srf = new Constructor()
  srf.on('error', () => undefined)
  srf.connect({ host: '127.0.0.1', port, secret })
  prepare(srf.app.client)
  await new Promise<void>((resolve, reject) => {
    srf.once('connect', (error: unknown) => (error ? reject(error) : resolve()))
  })
  return srf
}

/** An application on unmodified drachtio-srf that waits for the engine to connect, and its port. */
export async function listenSrf(tls?: object): Promise<{ srf: Srf; server: Server; port: number }> {
  const srf = new Constructor()
  srf.on('error', () => undefined)
  const server = srf.listen({ host: '127.0.0.1', port: 0, secret: 'cymru', ...(tls && { tls }) })
  await once(server, 'listening')
  return { srf, server, port: (server.address() as AddressInfo).port }
}
