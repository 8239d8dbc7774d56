import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { AppAddress } from '../dispatch/decision.ts'
import type { ConnectApp } from '../dispatch/dispatcher.ts'
import { digestOf, Session, type SessionParts } from './session.ts'
import type { Client } from './types.ts'

/** Which apps are connected to, and how many of them at once. */
export interface OutboundSettings {
  readonly secret: string
  readonly connectionsMax: number
  readonly caPem?: string | undefined
}

/** The connections that we open to listening apps, one for each request (PROTOCOL 13). */
export interface AppConnections {
  readonly connect: ConnectApp
  close(): void
}

/**
 * Opens connections to listening apps. As on a connection of their own they authenticate first; one
 * that has not done so in time, or would be one too many, is none.
 */
export function createAppConnections(
  settings: OutboundSettings,
  parts: SessionParts,
): AppConnections {
  const sessions = new Set<Session>()
  const secretDigest = digestOf(settings.secret)

  const open: ConnectApp = (to, done) => {
    if (sessions.size >= settings.connectionsMax) return done(undefined)
    let isSettled = false
    const settle = (client: Client | undefined) => {
      if (isSettled) return
      isSettled = true
      done(client)
    }
    const context = {
      ...parts,
      secretDigest,
      onAuthenticated: settle,
      onClosed: (session: Session) => {
        sessions.delete(session)
        settle(undefined)
      },
    }
    sessions.add(new Session(parts.nextId(), socketTo(to, settings.caPem), context))
  }

  return {
    connect: open,
    close: () => {
      for (const session of [...sessions]) session.destroy()
    },
  }
}

function socketTo({ host, port, tls }: AppAddress, caPem: string | undefined): Socket {
  if (!tls) return connect({ host, port })
  const name = isIP(host) === 0 ? { servername: host } : {}
  const trusted = caPem === undefined ? {} : { ca: caPem }
  return connectTls({ host, port, minVersion: 'TLSv1.2', ...name, ...trusted })
}
