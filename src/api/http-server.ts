import { type RequestListener, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  createBoundedHttpServer,
  type HttpBounds,
  type ServerCertificate,
} from '../kernel/bounded-http-server.ts'
import { type ProblemName, problemBody, problemMediaType, problems } from './problem.ts'

const bounds: HttpBounds = {
  headerBytesMax: 16_384,
  headersTimeoutMs: 10_000,
  /** Imports by stream have to be through by then. */
  requestTimeoutMs: 300_000,
  keepAliveMs: 10_000,
  timeoutCheckPeriodMs: 2_000,
  connectionsMax: 1_000,
  requestsPerConnectionMax: 1_000,
}

/** The server of the API, over TLS where it has a certificate. */
export function createHttpServer(
  onRequest: RequestListener,
  tls: ServerCertificate | undefined,
): Server {
  return createBoundedHttpServer({ bounds, tls, onRequest })
}

/** Answers what is not even HTTP, and ends its connection. */
export function answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const problem: ProblemName = isSlow ? 'request_too_slow' : 'request_invalid'
  const { status } = problems[problem]
  const body = JSON.stringify(problemBody({ problem }))
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${problemMediaType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
