import type { ConnectApp } from '../dispatch/dispatcher.ts'
import { createAppConnections } from './connect-app.ts'
import { type AdminCertificate, type AdminPort, openAdminPort } from './server.ts'
import type { SessionParts } from './session.ts'

/** One admin port. */
export interface Door {
  readonly address: string
  readonly port: number
  readonly secret: string
  readonly tls?: AdminCertificate | undefined
}

/** All the ways in which applications come to an engine. */
export interface DoorSettings {
  /** The first has the secret that listening applications authenticate with as well. */
  readonly admins: readonly [Door, ...Door[]]
  /** Connections to each. */
  readonly clientsMax: number
  /** Connections to listening applications at once. */
  readonly connectionsMax: number
  readonly caPem?: string | undefined
}

/** The open admin ports, and the connections to listening applications. */
export interface Doors {
  /** The real ports, in the order of the settings. */
  readonly ports: readonly number[]
  /** Applications that are connected to us. */
  readonly sessions: number
  readonly connect: ConnectApp
  close(): Promise<void>
}

/** Opens every admin port, or none: where one can't be bound the others are closed again. */
export async function openDoors(settings: DoorSettings, parts: SessionParts): Promise<Doors> {
  const { admins, clientsMax, connectionsMax, caPem } = settings
  const apps = createAppConnections({ secret: admins[0].secret, connectionsMax, caPem }, parts)
  const open: AdminPort[] = []
  const close = async () => {
    apps.close()
    await Promise.all(open.map((admin) => admin.close()))
  }
  try {
    for (const door of admins) open.push(await openAdminPort({ ...door, clientsMax }, parts))
  } catch (cause) {
    await close()
    throw cause
  }
  return {
    ports: open.map(({ port }) => port),
    get sessions() {
      return open.reduce((sum, { sessions }) => sum + sessions, 0)
    },
    connect: apps.connect,
    close,
  }
}
