import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { type AddressInfo, isIPv6 } from 'node:net'

const requestTimeoutMs = 5000
const idleTimeoutMs = 10_000
/** How often Node looks for requests past their time; its own 30 s would let them stay as long. */
const timeoutCheckPeriodMs = 1000
const headerBytesMax = 8192
const connectionsMax = 64
const requestsPerConnectionMax = 100
/** Chains served at once, those of past rotations among them. */
const chainsMax = 10_000

/** ATIS-1000074: verifiers keep a certificate for a day unless told otherwise. */
const cacheS = 86_400

/** The server's own certificate, its chain below it, and its key, PEM. */
export interface ServerCertificate {
  readonly certificate: string
  readonly key: string
}

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
  const server = open(options, (request, response) => answer({ request, response, chains }))
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

function open(
  { tls }: CertificateServerOptions,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server | SecureServer {
  const limits = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: requestTimeoutMs,
    connectionsCheckingInterval: timeoutCheckPeriodMs,
  }
  const server = tls
    ? createSecureServer(
        {
          ...{ ...limits, cert: tls.certificate, key: tls.key },
          ...{ minVersion: 'TLSv1.2', handshakeTimeout: requestTimeoutMs },
        },
        onRequest,
      )
    : createServer(limits, onRequest)
  server.setTimeout(idleTimeoutMs)
  server.maxConnections = connectionsMax
  server.maxRequestsPerSocket = requestsPerConnectionMax
  return server
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
