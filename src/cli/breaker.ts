import { readNote, stateTopic } from '../admission/breaker/notes.ts'
import { breakerClosed } from '../audit/state-changed.ts'
import { Failure } from '../kernel/failure.ts'
import { command, exitCodes } from './command.ts'
import { inOffice } from './keys/office.ts'
import { officeOptions } from './line/common.ts'
import { show } from './line/show.ts'
import { word } from './line/values.ts'

/** `tollgate breaker list`: every breaker that is not closed, and why. */
export const breakerList = command({
  recorded: 'whole',
  options: officeOptions,
  async run({ values }, terminal) {
    return inOffice(values.config, async ({ books }) => {
      const found = [...books.board.notes(stateTopic)].flatMap(([name, text]) => {
        const note = readNote(text)
        return note ? [{ name, ...note }] : []
      })
      const table = {
        columns: ['breaker', 'state', 'since', 'until', 'why'],
        rows: found.map(cellsOf),
      }
      show(terminal, { json: values.json, value: found, table })
      return exitCodes.ok
    })
  },
})

/** `tollgate breaker close`: by a person, at once on every gate. */
export const breakerClose = command({
  recorded: 'whole',
  argument: {
    type: word('<breaker>'),
    help: 'As `breaker list` names it: key:<id> or tenant:<id>.',
  },
  options: officeOptions,
  no: 'no such breaker is throttled or open',
  async run({ values, argument: name }, terminal) {
    return inOffice(values.config, async ({ books }) => {
      const text = books.board.get(stateTopic, name)
      if (text === undefined) {
        throw new Failure('not_found', `no breaker ${name} is throttled or open`)
      }
      await books.board.post(stateTopic, name, () => undefined)
      await terminal.record?.(breakerClosed(name, readNote(text) ?? {}))
      const lines = [`The breaker ${name} is closed.`]
      show(terminal, { json: values.json, value: { name, state: 'closed' }, lines })
      return exitCodes.ok
    })
  },
})

type Listed = NonNullable<ReturnType<typeof readNote>> & { readonly name: string }

function cellsOf({ name, state, sinceMs, untilMs, signals }: Listed) {
  const until = state === 'open' ? new Date(untilMs).toISOString() : undefined
  const why = Object.entries(signals).map(([signal, figure]) => `${signal} ${figure}`)
  return [name, state, new Date(sinceMs).toISOString(), until, why.join(', ')]
}
