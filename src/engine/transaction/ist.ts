import type { ServerAction, ServerInput, Table, TimerAction, TimerInput } from './table.ts'

/** The states of an INVITE server transaction. */
export type IstState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated'

/**
 * RFC 3261 17.2.1, figure 7, as RFC 6026 8.7 (figure 5) replaces it. A response that cannot be sent
 * leaves the state alone (RFC 6026 7.1), so there is no transport error among the inputs. The layer
 * answers by itself, with 100: at once, or after 200 ms where a source that may be forged has not
 * sent enough for the 100 and a refusal. The user repeats its 2xx outside the transaction (13.3.1.4):
 * `accepted` takes no further response. The 100 waits for a suspect too: one that is
 * dropped before hears nothing, and one that has only been refused most likely is again, and before the 100.
 */
export const ist = {
  proceeding: {
    opened: ['proceeding', 'trying'],
    openedByStranger: ['proceeding', 'tryIfPaid', 'startTrying'],
    openedBySuspect: ['proceeding', 'startTrying'],
    timerTrying: ['proceeding', 'trying'],
    dropped: ['terminated'],
    request: ['proceeding', 'resend'],
    '1xx': ['proceeding', 'send'],
    '2xx': ['accepted', 'send', 'forget', 'startL'],
    '300+': ['completed', 'send', 'startG', 'startH'],
  },
  accepted: {
    request: ['accepted'],
    ack: ['accepted', 'passAck'],
    timerL: ['terminated'],
  },
  completed: {
    request: ['completed', 'resend'],
    ack: ['confirmed', 'forget', 'startI'],
    timerG: ['completed', 'resend', 'startG'],
    timerH: ['terminated', 'ackMissing'],
  },
  confirmed: {
    request: ['confirmed'],
    ack: ['confirmed'],
    timerI: ['terminated'],
  },
  terminated: {},
} as const satisfies Table<IstState, ServerInput | TimerInput, ServerAction | TimerAction>
