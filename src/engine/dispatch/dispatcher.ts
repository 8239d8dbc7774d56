import type { Clock } from '../../kernel/clock.ts'
import type { Request } from '../message/message.ts'
import type { Client } from '../protocol/types.ts'
import type { Arrival } from '../transport/types.ts'
import type { AppAddress, Decision } from './decision.ts'
import { createHttpHandler } from './http-handler.ts'
import type { DispatchSettings } from './settings.ts'
import { createTable } from './table.ts'

/** Opens a connection to a listening app; `done` gets it authenticated, or undefined. */
export type ConnectApp = (to: AppAddress, done: (client: Client | undefined) => void) => void

/** Decides about new requests in place of round robin among the connected apps. */
export interface Dispatcher {
  /** Whether a request is one that it decides about. */
  handles(request: Request): boolean
  /** Decides; undefined is an answer that cannot be used. */
  decide(arrival: Arrival<Request>, done: (decision: Decision | undefined) => void): void
  readonly connect: ConnectApp
  close(): void
}

/** Makes a dispatcher of its settings; throws where they say nothing that can be done. */
export function createDispatcher(
  settings: DispatchSettings,
  parts: { readonly clock: Clock; readonly connect: ConnectApp },
): Dispatcher {
  const table = createTable(settings.table ?? [])
  const http = settings.http && createHttpHandler(settings.http, parts.clock)
  const asked = settings.http?.methods && new Set(settings.http.methods)
  const asks = ({ method }: Request) => http !== undefined && (asked?.has(method) ?? true)
  return {
    handles: (request) => table(request) !== undefined || asks(request),
    decide: (arrival, done) => {
      const decision = table(arrival.message)
      if (decision || !http) return done(decision)
      http.ask(arrival, done)
    },
    connect: parts.connect,
    close: () => http?.close(),
  }
}
