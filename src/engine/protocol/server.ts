import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { digestOf, Session, type SessionParts } from './session.ts'

/** Certificate chain and private key, both PEM. */
export interface AdminCertificate {
  readonly certPem: string
  readonly keyPem: string
}

/** Where apps connect, and how much of them we stand. */
export interface AdminSettings {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly secret: string
  /** Speak TLS, and nothing else. */
  readonly tls?: AdminCertificate | undefined
  readonly clientsMax: number
}

/** The open admin port. */
export interface AdminPort {
  readonly port: number
  readonly sessions: number
  close(): Promise<void>
}

/** Opens an admin port. A connection beyond `clientsMax` is closed at once. */
export async function openAdminPort(
  settings: AdminSettings,
  parts: SessionParts,
): Promise<AdminPort> {
  const sessions = new Set<Session>()
  // Connections that have not finished their handshake count as well.
  let open = 0
  const context = {
    ...parts,
    secretDigest: digestOf(settings.secret),
    onClosed: (session: Session) => void sessions.delete(session),
  }
  const serve = (socket: Socket) => {
    sessions.add(new Session(parts.nextId(), socket, context))
  }
  const server = createPort(settings, parts.authenticateWithinMs, serve)
  server.on('connection', (socket: Socket) => {
    if (open >= settings.clientsMax) {
      socket.destroy()
      return
    }
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
  const port = await listen(server, settings)
  return {
    port,
    get sessions() {
      return sessions.size
    },
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const session of [...sessions]) session.destroy()
      return closed
    },
  }
}

function createPort(
  { tls }: AdminSettings,
  handshakeTimeout: number,
  serve: (socket: Socket) => void,
): Server {
  if (!tls) return createServer((socket) => !socket.destroyed && serve(socket))
  const options = { cert: tls.certPem, key: tls.keyPem, handshakeTimeout }
  const server = createTlsServer({ ...options, minVersion: 'TLSv1.2' }, serve)
  // A client that does not speak TLS is dropped: node destroys its socket and tells us so.
  server.on('tlsClientError', (_cause, socket) => socket.destroy())
  return server
}

function listen(server: Server, settings: AdminSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.address, () => {
      server.off('error', reject)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound ? bound.port : settings.port)
    })
  })
}
