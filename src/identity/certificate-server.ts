import { hash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import {
  createBoundedHttpServer,
  type HttpBounds,
  type ServerCertificate,
} from '../kernel/bounded-http-server.ts'

const requestTimeoutMs = 5000
const bounds: HttpBounds = {
  headerBytesMax: 8192,
  headersTimeoutMs: requestTimeoutMs,
  requestTimeoutMs,
  keepAliveMs: requestTimeoutMs,
  timeoutCheckPeriodMs: 1000,
  connectionsMax: 64,
  requestsPerConnectionMax: 100,
}
const idleTimeoutMs = 10_000
/** Chains served at once, those of past rotations among them. */
const chainsMax = 10_000

/** ATIS-1000074: verifiers keep a certificate for a day unless told otherwise. */
const cacheS = 86_400

/** Certificate chains that verifiers can fetch. */
export interface CertificateServer extends AsyncDisposable {
  /** The URL that paths are below, on the address that is listened on. */
  readonly base: string
  /**
   * Serves a chain and gives its path, which names the content: the same at every start and on every
   * gate, and another for another chain.
   */
  publish(chainPem: string): string
  /** Serves it no longer. */
  withdraw(path: string): void
  /** Shows another certificate of its own from the next connection on. */
  show(certificate: ServerCertificate): void
}

export interface CertificateServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Undefined: plain HTTP, for loopback and behind a front that speaks TLS. */
  readonly tls?: ServerCertificate | undefined
}

interface Chain {
  readonly body: Buffer
  readonly etag: string
}

/**
 * Serves certificate chains, each on one path, and nothing else. Resolves once it listens; rejects
 * when the address cannot be had. What is served is public in any case.
 */
export async function serveCertificates(
  options: CertificateServerOptions,
): Promise<CertificateServer> {
  const { host, port } = options
  const chains = new Map<string, Chain>()
  const server = createBoundedHttpServer({
    bounds,
    tls: options.tls,
    onRequest: (request, response) => answer({ request, response, chains }),
  })
  server.setTimeout(idleTimeoutMs)
  server.listen(port, host)
  await once(server, 'listening')

  const bound = server.address() as AddressInfo
  const authority = isIPv6(host) ? `[${host}]` : host
  return {
    base: `${options.tls ? 'https' : 'http'}://${authority}:${bound.port}`,
    publish: (chainPem) => {
      const body = Buffer.from(chainPem)
      const digest = hash('sha256', body, 'hex')
      const path = `/cert/${digest.slice(0, 16)}.pem`
      if (chains.size >= chainsMax && !chains.has(path)) throw new Error('too many certificates')
      chains.set(path, { body, etag: `"${digest}"` })
      return path
    },
    withdraw: (path) => void chains.delete(path),
    show: ({ certificate: cert, key }) => {
      if ('setSecureContext' in server) server.setSecureContext({ cert, key })
    },
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly chains: ReadonlyMap<string, Chain>
}

function answer({ request, response, chains }: Exchange): void {
  const chain = chains.get(request.url ?? '')
  const readOnly = request.method === 'GET' || request.method === 'HEAD'
  if (!chain || !readOnly) {
    const status = chain ? 405 : 404
    response.writeHead(status, { Allow: 'GET, HEAD', 'Content-Length': 0, Connection: 'close' })
    response.end()
    return
  }
  const { body, etag } = chain
  const keeping = { 'Cache-Control': `public, max-age=${cacheS}, immutable`, ETag: etag }
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, keeping)
    response.end()
    return
  }
  response.writeHead(200, {
    'Content-Type': 'application/pem-certificate-chain',
    'Content-Length': body.length,
    'X-Content-Type-Options': 'nosniff',
    ...keeping,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
