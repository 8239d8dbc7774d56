import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'

const requestTimeoutMs = 5000
const idleTimeoutMs = 10_000
/** How often Node looks for requests past their time; its own 30 s would let them stay as long. */
const timeoutCheckPeriodMs = 1000
const headerBytesMax = 8192
const connectionsMax = 64
const requestsPerConnectionMax = 100

/** ATIS-1000074: verifiers keep a certificate for a day unless told otherwise. */
const cacheS = 86_400

/** A certificate that verifiers can fetch. */
export interface CertificateServer extends AsyncDisposable {
  /** Where it is below any base URL; names the content, so another certificate has another path. */
  readonly path: string
  /** The full URL on the address that is listened on. */
  readonly url: string
}

export interface CertificateServerOptions {
  readonly chainPem: string
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/**
 * Serves one certificate chain on one path over plain HTTP, and nothing else. Resolves once it
 * listens; rejects when the address cannot be had. In the public network a TLS front belongs before
 * it (RFC 8226 and ATIS-1000074 want https); what is served is public in any case.
 */
export async function serveCertificate(
  options: CertificateServerOptions,
): Promise<CertificateServer> {
  const { chainPem, host, port } = options
  const body = Buffer.from(chainPem)
  const path = `/cert/${hash('sha256', body, 'hex').slice(0, 16)}.pem`
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: requestTimeoutMs,
      connectionsCheckingInterval: timeoutCheckPeriodMs,
    },
    (request, response) => answer({ request, response, path, body }),
  )
  server.setTimeout(idleTimeoutMs)
  server.maxConnections = connectionsMax
  server.maxRequestsPerSocket = requestsPerConnectionMax
  server.listen(port, host)
  await once(server, 'listening')

  const bound = server.address() as AddressInfo
  const authority = isIPv6(host) ? `[${host}]` : host
  return {
    path,
    url: `http://${authority}:${bound.port}${path}`,
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
  readonly path: string
  readonly body: Buffer
}

function answer({ request, response, path, body }: Exchange): void {
  const readOnly = request.method === 'GET' || request.method === 'HEAD'
  if (request.url !== path || !readOnly) {
    const status = request.url === path ? 405 : 404
    response.writeHead(status, { Allow: 'GET, HEAD', 'Content-Length': 0, Connection: 'close' })
    response.end()
    return
  }
  response.writeHead(200, {
    'Content-Type': 'application/pem-certificate-chain',
    'Content-Length': body.length,
    'Cache-Control': `public, max-age=${cacheS}, immutable`,
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
