import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'

/** The certificate that a server shows, its chain below it, and its key, PEM. */
export interface ServerCertificate {
  readonly certificate: string
  readonly key: string
}

/** How much a server of HTTP takes, and for how long. */
export interface HttpBounds {
  readonly headerBytesMax: number
  /** For the head of a request, and for the handshake before it. */
  readonly headersTimeoutMs: number
  /** For the whole of a request. */
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  /** How often Node looks for requests past their time; its own 30 s would let them stay as long. */
  readonly timeoutCheckPeriodMs: number
  readonly connectionsMax: number
  readonly requestsPerConnectionMax: number
}

export interface HttpServerOptions {
  readonly bounds: HttpBounds
  readonly tls: ServerCertificate | undefined
  readonly onRequest: RequestListener
}

/** A server of HTTP/1.1, over TLS where it has a certificate, that takes no more than its bounds; not yet listening. */
export function createBoundedHttpServer({
  bounds,
  tls,
  onRequest,
}: HttpServerOptions): Server | SecureServer {
  const limits = {
    maxHeaderSize: bounds.headerBytesMax,
    headersTimeout: bounds.headersTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.keepAliveMs,
    connectionsCheckingInterval: bounds.timeoutCheckPeriodMs,
  }
  const server = tls
    ? createSecureServer(
        {
          ...limits,
          cert: tls.certificate,
          key: tls.key,
          minVersion: 'TLSv1.2',
          handshakeTimeout: bounds.headersTimeoutMs,
        },
        onRequest,
      )
    : createServer(limits, onRequest)
  server.maxConnections = bounds.connectionsMax
  server.maxRequestsPerSocket = bounds.requestsPerConnectionMax
  return server
}
