import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ProblemName, problemBody, problemMediaType } from './problem.ts'

const headerBytesMax = 16_384
const headersTimeoutMs = 10_000
/** For the whole of a request; imports by stream have to be through by then. */
const requestTimeoutMs = 300_000
const keepAliveMs = 10_000
const timeoutCheckPeriodMs = 2_000
const connectionsMax = 1_000
const requestsPerConnectionMax = 1_000

/** The certificate that is shown, its chain below it, and its key, PEM. */
export interface ApiTls {
  readonly certificate: string
  readonly key: string
}

/** A server of HTTP/1.1, over TLS where it has a certificate, that takes so much and so long. */
export function createHttpServer(onRequest: RequestListener, tls: ApiTls | undefined): Server {
  const limits = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: timeoutCheckPeriodMs,
  }
  const server = tls
    ? createSecureServer(
        {
          ...{ ...limits, cert: tls.certificate, key: tls.key },
          ...{ minVersion: 'TLSv1.2', handshakeTimeout: headersTimeoutMs },
        },
        onRequest,
      )
    : createServer(limits, onRequest)
  server.maxConnections = connectionsMax
  server.maxRequestsPerSocket = requestsPerConnectionMax
  return server
}

/** Answers what is not even HTTP, and ends its connection. */
export function answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem: ProblemName = 'request_invalid'
  const body = JSON.stringify(problemBody({ problem }))
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      `Content-Type: ${problemMediaType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
