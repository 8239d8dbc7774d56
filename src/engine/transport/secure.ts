import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  connect,
  createSecureContext,
  createServer,
  type PeerCertificate as PeerX509,
  type SecureContext,
  type Server,
  type TLSSocket,
} from 'node:tls'
import { unbracketed } from '../message/host-port.ts'
import { namesHost, sipDomainsOf } from './certificate-names.ts'
import type { Channel } from './channel.ts'
import { StreamChannel } from './stream-channel.ts'
import type { Destination, Listener, PeerCertificate } from './types.ts'

/** A certificate, its chain below it, and its key, all PEM. */
export interface CertificateAndKey {
  readonly certificate: string
  readonly key: string
}

/** What TLS is spoken with. Plain data: it goes to the engine's thread as it is. */
export interface TlsSettings extends CertificateAndKey {
  /** Certificates for other names that a client may ask for (SNI, RFC 6066 3). */
  readonly names?: readonly (CertificateAndKey & { readonly name: string })[] | undefined
  /** Whether clients are asked for a certificate, and let in without one; `off` unless given. */
  readonly clientCertificates?: 'off' | 'optional' | 'required' | undefined
  /** PEM of the CAs whose client certificates name somebody; without it they name nobody. */
  readonly clientCa?: string | undefined
  /** PEM of the CAs that servers are trusted by; those that Node brings along unless given. */
  readonly serverCa?: string | undefined
}

/** RFC 8996 has ended what came before. */
const minVersion = 'TLSv1.2' as const

/** Called with the secured socket and what its client has proved. */
export type Secured = (socket: TLSSocket, certificate: PeerCertificate | undefined) => void

interface Prepared {
  readonly settings: TlsSettings
  readonly server: Server
  readonly client: SecureContext
}

/** TLS on both sides of a transport: RFC 3261 26.3, RFC 5922. */
export class SecureSide {
  #prepared: Prepared
  /** Accepted sockets in their handshake, by the address and port of both ends. */
  readonly #shaking = new Map<string, Secured>()

  /** Throws where a certificate or key can't be used. */
  constructor(settings: TlsSettings) {
    this.#prepared = this.#prepare(settings)
  }

  /**
   * Uses other certificates from the next handshake on; connections that exist stay as they are.
   * Throws, and goes on with what it has, where one can't be used.
   */
  reload(settings: TlsSettings): void {
    this.#prepared = this.#prepare(settings)
  }

  /** Shakes hands with a client; a handshake that fails closes the socket. */
  accept(socket: Socket, secured: Secured): void {
    const key = bothEnds(socket)
    this.#shaking.set(key, secured)
    socket.once('close', () => {
      if (this.#shaking.get(key) === secured) this.#shaking.delete(key)
    })
    this.#prepared.server.emit('connection', socket)
  }

  /**
   * Opens a connection that carries nothing until its server has proved to be `to.serverName`: what is
   * written before waits, and is lost where the proof fails (RFC 5922 7).
   */
  dial(to: Destination, from: Listener): Channel {
    const name = unbracketed(to.serverName ?? to.address)
    const options = {
      host: to.address,
      port: to.port,
      localAddress: from.address,
      secureContext: this.#prepared.client,
      rejectUnauthorized: true,
      // RFC 6066 3: an address is no server name.
      servername: isName(name) ? name : '',
      checkServerIdentity: (_host: string, { subjectaltname }: PeerX509) =>
        namesHost(subjectaltname, name) ? undefined : new Error('The certificate names others'),
    }
    return StreamChannel.opened(connect(options), 'secureConnect')
  }

  #prepare(settings: TlsSettings): Prepared {
    const { certificate: cert, key, clientCa, serverCa, names = [] } = settings
    const asServer = (own: CertificateAndKey) => ({
      cert: own.certificate,
      key: own.key,
      minVersion,
      // As in TLS 1.3: what a client has proved is read once, and a handshake is dear.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      // Without a list of our own Node would trust the CAs of the web with the names of callers.
      ca: clientCa ?? [],
    })
    const byName = new Map(
      names.map((one) => [one.name.toLowerCase(), createSecureContext(asServer(one))]),
    )
    const client = createSecureContext({ cert, key, minVersion, ...(serverCa && { ca: serverCa }) })
    const server = createServer({
      ...asServer(settings),
      requestCert: (settings.clientCertificates ?? 'off') !== 'off',
      // An unknown CA does not end a handshake: what the certificate proves without it is its key.
      rejectUnauthorized: false,
      SNICallback: (name, done) => done(null, byName.get(name.toLowerCase())),
    })
    server.on('tlsClientError', (_cause, socket) => socket.destroy())
    server.on('secureConnection', (socket) => this.#secured(socket, settings))
    return { settings, server, client }
  }

  #secured(socket: TLSSocket, settings: TlsSettings) {
    const key = bothEnds(socket)
    const secured = this.#shaking.get(key)
    this.#shaking.delete(key)
    const certificate = certificateOf(socket, settings)
    const isWelcome =
      settings.clientCertificates !== 'required' ||
      (certificate && (settings.clientCa === undefined || socket.authorized))
    if (!secured || !isWelcome) return socket.destroy()
    secured(socket, certificate)
  }
}

/** What the client has proved: by the handshake its key, by a chain to a CA of ours its names. */
function certificateOf(socket: TLSSocket, settings: TlsSettings): PeerCertificate | undefined {
  if ((settings.clientCertificates ?? 'off') === 'off') return undefined
  const x509 = socket.getPeerX509Certificate()
  if (!x509) return undefined
  const isVerified = settings.clientCa !== undefined && socket.authorized
  return {
    fingerprint256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    verifiedNames: isVerified ? sipDomainsOf(x509.subjectAltName) : [],
  }
}

function bothEnds(socket: Socket): string {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
}

function isName(host: string): boolean {
  return /[a-z]/i.test(host) && !host.includes(':')
}
