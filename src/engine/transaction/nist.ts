import type { ServerAction, ServerInput, Table, TimerAction, TimerInput } from './table.ts'

/** The states of a non-INVITE server transaction; `initial` is before its user hears of it. */
export type NistState = 'initial' | 'trying' | 'proceeding' | 'completed' | 'terminated'

/**
 * RFC 3261 17.2.2, figure 8, with two departures. A response that cannot be sent leaves the state
 * alone, as RFC 6026 7.1 has it for INVITE: else the next repetition would be taken for a new request.
 * And a request its user never answers is forgotten when its sender has given up (timer F there,
 * 17.1.2.2), since nobody would hear the answer.
 */
export const nist = {
  initial: {
    request: ['trying', 'startUnanswered'],
  },
  trying: {
    request: ['trying'],
    dropped: ['terminated'],
    '1xx': ['proceeding', 'send'],
    '200+': ['completed', 'send', 'startJ'],
    timerUnanswered: ['terminated'],
  },
  proceeding: {
    request: ['proceeding', 'resend'],
    '1xx': ['proceeding', 'send'],
    '200+': ['completed', 'send', 'startJ'],
    timerUnanswered: ['terminated'],
  },
  completed: {
    request: ['completed', 'resend'],
    timerJ: ['terminated'],
  },
  terminated: {},
} as const satisfies Table<NistState, ServerInput | TimerInput, ServerAction | TimerAction>
