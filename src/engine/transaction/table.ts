/** The timers of RFC 3261 17 and RFC 6026, as tables name them when they start one. */
export type TimerAction =
  | 'startA'
  | 'startB'
  | 'startCancel'
  | 'startD'
  | 'startE'
  | 'startSlowE'
  | 'startF'
  | 'startG'
  | 'startH'
  | 'startI'
  | 'startJ'
  | 'startK'
  | 'startL'
  | 'startM'
  | 'startUnanswered'
  | 'startTrying'

/** The same timers, as tables name them when they fire. */
export type TimerInput =
  | 'timerA'
  | 'timerB'
  | 'timerCancel'
  | 'timerD'
  | 'timerE'
  | 'timerF'
  | 'timerG'
  | 'timerH'
  | 'timerI'
  | 'timerJ'
  | 'timerK'
  | 'timerL'
  | 'timerM'
  | 'timerUnanswered'
  | 'timerTrying'

/** What a server transaction does besides starting timers. */
export type ServerAction =
  | 'send'
  | 'resend'
  | 'trying'
  | 'tryIfPaid'
  | 'forget'
  | 'passAck'
  | 'ackMissing'

/** What a client transaction does besides starting timers. */
export type ClientAction =
  | 'send'
  | 'pass'
  | 'stray'
  | 'ack'
  | 'ackAgain'
  | 'sendCancel'
  | 'dropCancel'
  | 'timeout'
  | 'transportError'

/** What happens to a server transaction besides timers. */
export type ServerInput =
  | 'opened'
  | 'dropped'
  | 'openedByStranger'
  | 'openedBySuspect'
  | 'request'
  | 'ack'
  | '1xx'
  | '2xx'
  | '300+'
  | '200+'

/** What happens to a client transaction besides timers. */
export type ClientInput =
  | 'start'
  | 'drop'
  | 'cancel'
  | 'abandon'
  | '1xx'
  | '2xx'
  | '300+'
  | '200+'
  | 'transportError'

/**
 * One automaton of RFC 3261 17: state and input give the next state and what is done there, in that
 * order. An input that has no row in a state changes nothing. So no timer is ever stopped: one that
 * fires when it is no longer wanted finds no row.
 */
export type Table<State extends string, Input extends string, Action extends string> = {
  readonly [S in State]: { readonly [I in Input]?: readonly [next: State, ...Action[]] }
}

/** The input that a response is, to an automaton that tells INVITE's finals apart or does not. */
export function responseInput(status: number, isInvite: boolean): '1xx' | '2xx' | '300+' | '200+' {
  if (status < 200) return '1xx'
  if (!isInvite) return '200+'
  return status < 300 ? '2xx' : '300+'
}
