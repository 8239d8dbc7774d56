import { type IncomingMessage, request } from 'node:http'
import type { PassportFault } from '../../domain/passport-faults.ts'
import type { Clock } from '../../kernel/clock.ts'
import { keepMs } from './http-freshness.ts'
import type { Network, Target } from './network.ts'
import type { AddressGuard } from './special-addresses.ts'
import type { CertificateLocation } from './x5u.ts'

/** What a server gave, and for how long it may be kept. */
export interface Fetched {
  readonly body: Buffer
  readonly keepMs: number
}

export interface FetcherParts {
  readonly network: Network
  readonly guard: AddressGuard
  readonly clock: Clock
  /** For everything: name, connection, TLS and answer. */
  readonly timeoutMs: number
}

/** Larger than any chain of certificates. */
export const bodyBytesMax = 65_536
const headerBytesMax = 8192
const addressesTriedMax = 3
const httpsPort = 443

type Unreachable = 'unreachable'

/**
 * Fetches what stands at a location. The name is resolved once; where one of its addresses is not of
 * the public network none is connected to. Follows nowhere else, inflates nothing, reads no more than
 * 64 KiB. Never rejects.
 */
export function createFetcher(
  parts: FetcherParts,
): (location: CertificateLocation) => Promise<Fetched | PassportFault> {
  return async (location) => {
    const ending = new AbortController()
    const timer = parts.clock.after(parts.timeoutMs, () => ending.abort())
    try {
      return await untilAborted(fetchWithin(parts, location, ending.signal), ending.signal)
    } catch {
      return 'fetch_failed'
    } finally {
      timer.cancel()
      ending.abort()
    }
  }
}

async function fetchWithin(
  parts: FetcherParts,
  location: CertificateLocation,
  signal: AbortSignal,
): Promise<Fetched | PassportFault> {
  const { host, port, fixedAddress } = location
  const addresses = fixedAddress ? [fixedAddress] : await parts.network.resolve(host, signal)
  const isForbidden = !fixedAddress && addresses.some((one) => !parts.guard.isPublic(one))
  if (isForbidden) return 'address_forbidden'
  for (const address of addresses.slice(0, addressesTriedMax)) {
    if (signal.aborted) break
    const fetched = await get(parts, { target: { address, port, host }, location, signal })
    if (fetched !== 'unreachable') return fetched
  }
  return 'fetch_failed'
}

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('took too long')), { once: true })
    }),
  ])
}

interface Exchange {
  readonly target: Target
  readonly location: CertificateLocation
  readonly signal: AbortSignal
}

function get(
  { network, clock }: FetcherParts,
  { target, location, signal }: Exchange,
): Promise<Fetched | PassportFault | Unreachable> {
  return new Promise((resolve) => {
    const { host, port, path } = location
    const socket = network.connect(target)
    // What goes wrong after the answer goes wrong for nobody.
    socket.on('error', () => undefined)
    const exchange = request({
      createConnection: () => socket,
      path,
      // RFC 9112 3.2. What is small need not be inflated.
      headers: {
        Host: port === httpsPort ? host : `${host}:${port}`,
        Accept: 'application/pem-certificate-chain, application/pkix-cert, */*;q=0.1',
        'Accept-Encoding': 'identity',
        'User-Agent': 'tollgate',
        Connection: 'close',
      },
      setDefaultHeaders: false,
      maxHeaderSize: headerBytesMax,
      signal,
    })
    let isAnswered = false
    exchange.once('response', (response) => {
      isAnswered = true
      readBody(response)
        .then((body) => {
          const kept = keepMs(response.headers, clock.now())
          resolve(body ? { body, keepMs: kept } : 'fetch_failed')
        })
        .catch(() => resolve('fetch_failed'))
        .finally(() => socket.destroy())
    })
    // Once an answer has begun its own reading tells of errors.
    exchange.on('error', () => {
      socket.destroy()
      resolve('unreachable')
    })
    // An answer that is none, such as 101, ends the exchange without another word.
    exchange.on('close', () => {
      if (!isAnswered) resolve('unreachable')
    })
    exchange.end()
  })
}

/** The body of an answer that may be used; undefined for any other. */
async function readBody(response: IncomingMessage): Promise<Buffer | undefined> {
  const { statusCode, headers } = response
  const encoding = headers['content-encoding'] ?? 'identity'
  const length = Number(headers['content-length'] ?? 0)
  // A page for people, such as a portal's, is no certificate whatever it holds.
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '')
  if (statusCode !== 200 || encoding !== 'identity' || length > bodyBytesMax || isPage) {
    return undefined
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
