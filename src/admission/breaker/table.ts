/** A fuse: closed it lets calls through, throttled few, open none, half-open a handful to try. */
export type BreakerState = 'closed' | 'throttled' | 'open' | 'half_open'

/** What moves it: what the figures say, that its time is over, how the tries went, or a person. */
export const breakerInputs = [
  'calm',
  'suspicious',
  'alarming',
  'waited',
  'probes_good',
  'probes_bad',
  'closed_by_person',
] as const
export type BreakerInput = (typeof breakerInputs)[number]

/** What follows from a move. */
export type BreakerAction =
  | 'tell_throttled'
  | 'tell_opened'
  | 'tell_closed'
  | 'wait'
  | 'wait_longer'
  | 'try_for_a_while'
  | 'start_afresh'

export type Move = readonly [BreakerState, ...BreakerAction[]]

type Moves = Readonly<Partial<Record<BreakerInput, Move>>>

/** State and input to the next state and what follows; what is not listed changes nothing. */
export const breakerTable: Readonly<Record<BreakerState, Moves>> = {
  closed: {
    suspicious: ['throttled', 'tell_throttled'],
    alarming: ['open', 'tell_opened', 'wait', 'start_afresh'],
  },
  throttled: {
    calm: ['closed', 'tell_closed'],
    alarming: ['open', 'tell_opened', 'wait', 'start_afresh'],
    closed_by_person: ['closed', 'tell_closed', 'start_afresh'],
  },
  open: {
    waited: ['half_open', 'try_for_a_while', 'start_afresh'],
    closed_by_person: ['closed', 'tell_closed', 'start_afresh'],
  },
  half_open: {
    probes_good: ['closed', 'tell_closed', 'start_afresh'],
    probes_bad: ['open', 'tell_opened', 'wait_longer', 'start_afresh'],
    alarming: ['open', 'tell_opened', 'wait_longer', 'start_afresh'],
    closed_by_person: ['closed', 'tell_closed', 'start_afresh'],
  },
}

/** Where an input leads from a state. */
export function move(state: BreakerState, input: BreakerInput): Move {
  return breakerTable[state][input] ?? [state]
}
