import type { Clock } from '../../kernel/clock.ts'
import type { Arrival } from '../transport/types.ts'
import type { ClientAction, ServerAction, TimerAction } from './table.ts'
import { createTimerQueues } from './timer-queues.ts'
import { type Timed, type TimerRow, type TimerValues, timerRows } from './timers.ts'

type UserAction = ClientAction | ServerAction
type Row = readonly [next: string, ...actions: (UserAction | TimerAction)[]]

/** Any of the four automata, as the runner reads it. */
export type Rows = { readonly [state: string]: { readonly [input: string]: Row } }

/** One transaction to run: which automaton, where it stands, and what its actions do. */
export interface Machine extends Timed {
  readonly rows: Rows
  state: string
  /** Does one action of the automaton; `arrival` is the message that was the input, if one was. */
  perform(action: UserAction, arrival: Arrival | undefined): void
  /** The automaton has entered `terminated`; called once. */
  end(): void
}

/** Moves transactions through their automata and keeps their timers. */
export interface Runner {
  /** Gives one input. A transaction without a row for it stays as it is. */
  feed(machine: Machine, input: string, arrival?: Arrival): void
  /** Gives one input after `delayMs`; 0: as soon as the caller has returned. */
  feedLater(machine: Machine, input: string, delayMs: number): void
  /** Stops every timer. */
  close(): void
}

/** What a runner stands on. */
export interface RunnerParts {
  readonly clock: Clock
  readonly values: TimerValues
  /** Told of what an action throws: the automaton goes on, and so does every other one. */
  readonly report: (cause: unknown) => void
}

/** Runs automata on the given clock with the given times. */
export function createRunner({ clock, values, report }: RunnerParts): Runner {
  const queues = createTimerQueues<Machine, string>(clock, {
    fire: feed,
    // What a table has no row for in one state, it has none for in those that follow.
    isAwaited: ({ rows, state }, input) => rows[state]?.[input] !== undefined,
  })

  function feed(machine: Machine, input: string, arrival?: Arrival): void {
    const row = machine.rows[machine.state]?.[input]
    if (!row) return
    machine.state = row[0]
    for (let at = 1; at < row.length; at++) {
      const action = row[at] as UserAction | TimerAction
      if (isTimer(action)) start(machine, timerRows[action])
      else attempt(() => machine.perform(action, arrival))
    }
    if (row[0] === 'terminated') attempt(() => machine.end())
  }

  function attempt(run: () => void): void {
    try {
      run()
    } catch (cause) {
      report(cause)
    }
  }

  function start(machine: Machine, timer: TimerRow): void {
    const delayMs = timer.delayMs(values, machine)
    if (delayMs === undefined) return
    // RFC 3261 17.1.1.2 and others: a timer of zero moves the transaction on at once.
    if (delayMs === 0) feed(machine, timer.input)
    else queues.start(delayMs, machine, timer.input)
  }

  return {
    feed,
    feedLater: (machine, input, delayMs) => queues.start(delayMs, machine, input),
    close: queues.close,
  }
}

function isTimer(action: UserAction | TimerAction): action is TimerAction {
  return action in timerRows
}
