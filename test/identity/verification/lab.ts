import { duplexPair } from 'node:stream'
import type {
  CallToVerify,
  Verification,
  VerificationService,
} from '../../../src/domain/verification.ts'
import type { Trust } from '../../../src/identity/verification/chain.ts'
import { ChainStore } from '../../../src/identity/verification/chain-store.ts'
import { createFetcher } from '../../../src/identity/verification/fetch-certificate.ts'
import type { Network, Target } from '../../../src/identity/verification/network.ts'
import { readCertificates } from '../../../src/identity/verification/pem-chain.ts'
import { ReplayGuard } from '../../../src/identity/verification/replay-guard.ts'
import { createAddressGuard } from '../../../src/identity/verification/special-addresses.ts'
import { createVerificationService } from '../../../src/identity/verification/verification-service.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { callee, caller, forge, type Pieces, shakenClaims, x5u } from './forge.ts'
import { type Holder, issue, shakenPolicy } from './pki.ts'

/** An address of the public network, which nothing in the lab ever connects to for real. */
export const publicAddress = '93.184.216.34'

/** Bytes that a server of the lab answers a request with. */
export type Answer = (request: string) => string | Buffer

/** A 200 with a body. */
export function page(body: string | Buffer, headers = ''): Answer {
  const bytes = Buffer.from(body)
  return () =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`),
      bytes,
    ])
}

/** A verifier in a network of its own, where every connection is written down. */
export class Lab {
  readonly clock = new FakeClock()
  readonly addresses = new Map<string, readonly string[]>()
  readonly pages = new Map<string, Answer>()
  readonly connections: Target[] = []
  readonly lookups: string[] = []
  readonly chains: ChainStore
  readonly replays = new ReplayGuard(this.clock)
  readonly service: VerificationService
  readonly root: Holder
  readonly leaf: Holder
  #calls = 0

  private constructor(root: Holder, leaf: Holder, trust: Trust) {
    this.root = root
    this.leaf = leaf
    const fetch = createFetcher({
      network: this.#network(),
      guard: createAddressGuard(),
      clock: this.clock,
      timeoutMs: 2000,
    })
    const allowedHosts = [{ host: 'lab.test', port: 9443, address: '127.0.0.1' }]
    this.chains = new ChainStore({ clock: this.clock, allowedHosts, fetch }, trust)
    this.service = createVerificationService({
      chains: this.chains,
      replays: this.replays,
      logger: silentLogger,
      skewMs: 60_000,
      divertedAgeMaxMs: 180_000,
    })
    this.addresses.set('cert.example.org', [publicAddress])
    this.serve(leaf)
  }

  static async open(
    trust: Partial<Trust> | ((root: Holder, leaf: Holder) => Promise<Partial<Trust>>) = {},
  ): Promise<Lab> {
    const nowMs = new FakeClock().now()
    const root = await issue({ ca: true, nowMs })
    const leaf = await issue({ issuer: root, nowMs })
    const given = typeof trust === 'function' ? await trust(root, leaf) : trust
    return new Lab(root, leaf, { ...trustIn(root), ...given })
  }

  /** Puts a chain where an x5u leads. */
  serve(holders: Holder | readonly Holder[], url = x5u, headers = ''): void {
    const chain = 'pem' in holders ? [holders] : holders
    this.pages.set(url, page(chain.map(({ pem }) => pem).join('\n'), headers))
  }

  /** An Identity field that is right, but for what is given. */
  identity(pieces: Partial<Pieces> = {}): string {
    return forge({ key: this.leaf.privateKey, claims: shakenClaims(this.clock.now()), ...pieces })
  }

  /** A call from the usual caller to the usual callee, each with a Call-ID of its own. */
  call(identityHeaders: readonly string[], more: Partial<CallToVerify> = {}): CallToVerify {
    return {
      sipCallId: `call-${++this.#calls}@example.org`,
      identityHeaders,
      orig: { tn: `+${caller}` },
      dest: [{ tn: `+${callee}` }],
      dateHeader: undefined,
      receivedAtMs: this.clock.now(),
      ...more,
    }
  }

  verify(
    headers: string | readonly string[],
    more: Partial<CallToVerify> = {},
  ): Promise<Verification> {
    return this.service.verify(this.call(typeof headers === 'string' ? [headers] : headers, more))
  }

  #network(): Network {
    return {
      resolve: async (host) => {
        this.lookups.push(host)
        const found = this.addresses.get(host)
        if (!found) throw new Error('no such name')
        return found
      },
      connect: (target) => {
        this.connections.push(target)
        const [ours, theirs] = duplexPair()
        let request = ''
        theirs.on('error', () => undefined)
        theirs.on('data', (chunk: Buffer) => {
          request += chunk.toString('latin1')
          if (!request.endsWith('\r\n\r\n')) return
          const [, path = ''] = /^GET (\S+) /.exec(request) ?? []
          const [, host = ''] = /^Host: (.*)\r$/m.exec(request) ?? []
          const answer = this.pages.get(`https://${host}${path}`)
          theirs.end(answer?.(request) ?? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
        })
        return ours
      },
    }
  }
}

/** Trust in one CA, as the settings have it where nothing else is said. */
export function trustIn(...roots: readonly Holder[]): Trust {
  return {
    anchors: readCertificates(roots.map(({ pem }) => pem).join('\n')) ?? [],
    lists: [],
    listIssuers: [],
    revocation: 'listed',
    policies: [shakenPolicy],
  }
}
