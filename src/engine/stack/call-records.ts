import type { Message, Request, Response } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import type { FrameText } from '../protocol/frame-text.ts'
import type { Roster } from './roster.ts'

/** Who a message came from: `network` for what we received, `application` for what we sent. */
export type RecordSource = 'network' | 'application'

/** What the engine was in a call. */
export type CallRole = 'uac' | 'uas' | 'proxy-uac' | 'proxy-uas'

/** Why a call, or the attempt at one, has ended (PROTOCOL 14). */
export type StopReason =
  | 'call-rejected'
  | 'call-canceled'
  | 'normal-release'
  | 'session-expired'
  | 'system-initiated-termination'
  | 'system-error-initiated-termination'

/** Tells apps of the calls they have registered for. */
export interface CallRecords {
  /** An INVITE that opens a call. */
  attempt(source: RecordSource, invite: Request): void
  /** The 2xx to it. */
  start(source: RecordSource, accept: Response, role: CallRole): void
  /** The BYE, the refusal, or the INVITE that was cancelled. */
  stop(source: RecordSource, message: Message, reason: StopReason): void
}

/** Records that nobody gets: what an engine keeps unless its settings say otherwise. */
export const noRecords: CallRecords = {
  attempt: () => undefined,
  start: () => undefined,
  stop: () => undefined,
}

/** Records of which each goes to one of the apps that have registered for its type, in turn. */
export function callRecords(roster: Roster, frames: FrameText): CallRecords {
  function tell(type: string, parts: readonly string[], message: Message): void {
    const client = roster.pick(type)
    client?.send(frames.record(type, parts), serialize(message))
  }
  return {
    attempt: (source, invite) => tell('cdr:attempt', [source, frames.timeOfDay()], invite),
    start: (source, accept, role) => {
      tell('cdr:start', [source, frames.timeOfDay(), role], accept)
    },
    stop: (source, message, reason) => {
      tell('cdr:stop', [source, frames.timeOfDay(), reason], message)
    },
  }
}
