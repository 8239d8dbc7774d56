import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import type { FrameText } from './frame-text.ts'
import { digestOf, Session, type SessionContext } from './session.ts'
import type { Core } from './types.ts'

/** Where apps connect, and how much of them we stand. */
export interface AdminSettings {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly secret: string
  readonly clientsMax: number
  readonly authenticateWithinMs: number
  readonly backlogBytesMax: number
}

/** What the port needs to serve: the core, time, frame texts, and where to report our own faults. */
export interface AdminParts {
  readonly core: Core
  readonly clock: Clock
  readonly frames: FrameText
  readonly report: (cause: unknown) => void
}

/** The open admin port. */
export interface AdminPort {
  readonly port: number
  readonly sessions: number
  close(): Promise<void>
}

/** Opens the admin port. A connection beyond `clientsMax` is closed at once. */
export async function openAdminPort(
  settings: AdminSettings,
  parts: AdminParts,
): Promise<AdminPort> {
  const sessions = new Set<Session>()
  const context: SessionContext = {
    core: parts.core,
    clock: parts.clock,
    frames: parts.frames,
    report: parts.report,
    secretDigest: digestOf(settings.secret),
    authenticateWithinMs: settings.authenticateWithinMs,
    backlogBytesMax: settings.backlogBytesMax,
    onClosed: (session) => sessions.delete(session),
  }
  let lastId = 0
  const server = createServer((socket: Socket) => {
    if (sessions.size >= settings.clientsMax) {
      socket.destroy()
      return
    }
    lastId += 1
    sessions.add(new Session(lastId, socket, context))
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
