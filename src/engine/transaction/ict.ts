import type { ClientAction, ClientInput, Table, TimerAction, TimerInput } from './table.ts'

/**
 * The states of an INVITE client transaction. `initial` is before its request is sent; in
 * `withholding` a CANCEL waits for a provisional response; in `cancelling` it is sent. `abandoned` is
 * `withholding` for a request that its user has given up and sends elsewhere: it is not repeated.
 */
export type IctState =
  | 'initial'
  | 'calling'
  | 'withholding'
  | 'abandoned'
  | 'proceeding'
  | 'cancelling'
  | 'accepted'
  | 'completed'
  | 'terminated'

/**
 * RFC 3261 17.1.1, figure 5, as RFC 6026 8.4 replaces it, with RFC 3261 9.1 in two states more:
 * `withholding` is `calling` and `cancelling` is `proceeding` once the user has cancelled, when the
 * INVITE is given up 64*T1 after its CANCEL. Two rows depart from the figures. A 2xx after another
 * final response is handed up as a stray one, so that the callee who believes in the call can be
 * told. An ACK that cannot be sent ends the transaction without a word, because the user already
 * has its final response.
 */
export const ict = {
  initial: {
    start: ['calling', 'send', 'startA', 'startB'],
    transportError: ['terminated', 'dropCancel', 'transportError'],
  },
  calling: {
    '1xx': ['proceeding', 'pass'],
    '2xx': ['accepted', 'pass', 'startM'],
    '300+': ['completed', 'ack', 'pass', 'startD'],
    cancel: ['withholding'],
    abandon: ['abandoned'],
    timerA: ['calling', 'send', 'startA'],
    timerB: ['terminated', 'timeout'],
    transportError: ['terminated', 'transportError'],
  },
  withholding: {
    '1xx': ['cancelling', 'sendCancel', 'pass', 'startCancel'],
    '2xx': ['accepted', 'dropCancel', 'pass', 'startM'],
    '300+': ['completed', 'dropCancel', 'ack', 'pass', 'startD'],
    timerA: ['withholding', 'send', 'startA'],
    timerB: ['terminated', 'dropCancel', 'timeout'],
    transportError: ['terminated', 'dropCancel', 'transportError'],
  },
  abandoned: {
    '1xx': ['cancelling', 'sendCancel', 'startCancel'],
    '2xx': ['accepted', 'dropCancel', 'pass', 'startM'],
    '300+': ['completed', 'dropCancel', 'ack', 'startD'],
    timerB: ['terminated', 'dropCancel'],
    transportError: ['terminated', 'dropCancel'],
  },
  proceeding: {
    '1xx': ['proceeding', 'pass'],
    '2xx': ['accepted', 'pass', 'startM'],
    '300+': ['completed', 'ack', 'pass', 'startD'],
    cancel: ['cancelling', 'sendCancel', 'startCancel'],
  },
  cancelling: {
    '1xx': ['cancelling', 'pass'],
    '2xx': ['accepted', 'pass', 'startM'],
    '300+': ['completed', 'ack', 'pass', 'startD'],
    timerCancel: ['terminated', 'timeout'],
  },
  accepted: {
    '2xx': ['accepted', 'pass'],
    timerM: ['terminated'],
  },
  completed: {
    '2xx': ['completed', 'stray'],
    '300+': ['completed', 'ackAgain'],
    timerD: ['terminated'],
    transportError: ['terminated'],
  },
  terminated: {},
} as const satisfies Table<IctState, ClientInput | TimerInput, ClientAction | TimerAction>
