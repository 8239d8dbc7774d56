import type { TimerAction, TimerInput } from './table.ts'

/** The three times that RFC 3261 17 derives every timer from, milliseconds. */
export interface TimerValues {
  /** The round trip estimate. */
  readonly t1Ms: number
  /** The longest wait between repetitions of a non-INVITE request or of an INVITE's response. */
  readonly t2Ms: number
  /** How long a message may linger in the network. */
  readonly t4Ms: number
}

/** RFC 3261 table 4. */
export const defaultTimerValues: TimerValues = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 }

/** What a timer is measured for: its transaction's transport and its last retransmission wait. */
export interface Timed {
  readonly reliable: boolean
  /** The wait last set by timer A, E or G, milliseconds; 0 before the first. */
  intervalMs: number
}

/** One timer: what it tells the automaton, and how long it waits; `undefined`: it never starts. */
export interface TimerRow {
  readonly input: TimerInput
  delayMs(values: TimerValues, timed: Timed): number | undefined
}

/** RFC 3261 table 4 and RFC 6026 8.4 and 8.7: the wait of every timer, by the action that starts it. */
export const timerRows: { readonly [A in TimerAction]: TimerRow } = {
  startA: {
    input: 'timerA',
    delayMs: (values, timed) => repetition(timed, 64 * values.t1Ms, values),
  },
  startB: { input: 'timerB', delayMs: transactionMs },
  // RFC 3261 9.1: a cancelled INVITE is given up 64*T1 after its CANCEL.
  startCancel: { input: 'timerCancel', delayMs: transactionMs },
  // RFC 3261 17.1.1.2 asks for at least 32 s, which is 64*T1 at the default T1.
  startD: { input: 'timerD', delayMs: (values, timed) => linger(timed, transactionMs(values)) },
  startE: { input: 'timerE', delayMs: (values, timed) => repetition(timed, values.t2Ms, values) },
  startSlowE: {
    input: 'timerE',
    delayMs: (values, timed) => (timed.reliable ? undefined : values.t2Ms),
  },
  startF: { input: 'timerF', delayMs: transactionMs },
  startG: { input: 'timerG', delayMs: (values, timed) => repetition(timed, values.t2Ms, values) },
  startH: { input: 'timerH', delayMs: transactionMs },
  startI: { input: 'timerI', delayMs: (values, timed) => linger(timed, values.t4Ms) },
  startJ: { input: 'timerJ', delayMs: (values, timed) => linger(timed, transactionMs(values)) },
  startK: { input: 'timerK', delayMs: (values, timed) => linger(timed, values.t4Ms) },
  startL: { input: 'timerL', delayMs: transactionMs },
  startM: { input: 'timerM', delayMs: transactionMs },
  startUnanswered: { input: 'timerUnanswered', delayMs: transactionMs },
  // RFC 3261 17.2.1: no 100 is needed where another answer comes within 200 ms.
  startTrying: { input: 'timerTrying', delayMs: () => 200 },
}

/** How long a transaction tries, 64*T1: timers B, F, H, L and M. */
function transactionMs(values: TimerValues): number {
  return 64 * values.t1Ms
}

/** How long a finished transaction absorbs repetitions: none come over a reliable transport. */
function linger(timed: Timed, delayMs: number): number {
  return timed.reliable ? 0 : delayMs
}

/** T1, then twice the last wait, at most `maxMs`: only where the transport may lose messages. */
function repetition(timed: Timed, maxMs: number, values: TimerValues): number | undefined {
  if (timed.reliable) return undefined
  timed.intervalMs = timed.intervalMs === 0 ? values.t1Ms : Math.min(2 * timed.intervalMs, maxMs)
  return timed.intervalMs
}
