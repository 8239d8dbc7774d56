import type { ClientAction, ClientInput, Table, TimerAction, TimerInput } from './table.ts'

/** The states of a non-INVITE client transaction; `initial` is before its request is sent. */
export type NictState = 'initial' | 'trying' | 'proceeding' | 'completed' | 'terminated'

/**
 * RFC 3261 17.1.2, figure 6. `drop` is ours: a CANCEL that waits for the INVITE's first provisional
 * response is given up when a final one comes instead (9.1). `abandon` too: the user has given the
 * request up and sends it elsewhere.
 */
export const nict = {
  initial: {
    start: ['trying', 'send', 'startE', 'startF'],
    drop: ['terminated'],
    transportError: ['terminated', 'transportError'],
  },
  trying: {
    '1xx': ['proceeding', 'pass'],
    '200+': ['completed', 'pass', 'startK'],
    abandon: ['terminated'],
    timerE: ['trying', 'send', 'startE'],
    timerF: ['terminated', 'timeout'],
    transportError: ['terminated', 'transportError'],
  },
  proceeding: {
    '1xx': ['proceeding', 'pass'],
    '200+': ['completed', 'pass', 'startK'],
    timerE: ['proceeding', 'send', 'startSlowE'],
    timerF: ['terminated', 'timeout'],
    transportError: ['terminated', 'transportError'],
  },
  completed: {
    timerK: ['terminated'],
  },
  terminated: {},
} as const satisfies Table<NictState, ClientInput | TimerInput, ClientAction | TimerAction>
