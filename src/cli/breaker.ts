import { readNote, stateTopic } from '../admission/breaker/notes.ts'
import { Failure } from '../kernel/failure.ts'
import { readArguments } from './arguments.ts'
import { type Command, exitCodes, printable } from './command.ts'
import { inOffice, officeOptions, officeUsage } from './keys/office.ts'

/** `tollgate breaker list`: every breaker that is not closed, and why. */
export const breakerList: Command = {
  usage: `breaker list ${officeUsage}`,
  help: 'List the spike breakers that are throttled, open or half-open.',
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options: officeOptions, count: 0, otherwise })
    return inOffice(values.config, async ({ books }) => {
      const found = [...books.board.notes(stateTopic)].flatMap(([name, text]) => {
        const note = readNote(text)
        return note ? [{ name, ...note }] : []
      })
      if (values.json) terminal.out(JSON.stringify(found))
      else for (const note of found) terminal.out(printable(lineOf(note)))
      return exitCodes.ok
    })
  },
}

/** `tollgate breaker close`: by a person, at once on every gate. */
export const breakerClose: Command = {
  recorded: 'whole',
  usage: `breaker close <key:id|tenant:id> ${officeUsage}`,
  help: 'Close a spike breaker, within a second on every gate; it measures afresh.',
  async run(args, terminal) {
    const otherwise = 'exactly one breaker is needed, as `breaker list` names it'
    const wanted = { options: officeOptions, count: 1, otherwise } as const
    const { values, argument } = readArguments(args, wanted)
    return inOffice(values.config, async ({ books }) => {
      if (books.board.get(stateTopic, argument) === undefined) {
        throw new Failure('not_found', `no breaker ${argument} is throttled or open`)
      }
      await books.board.post(stateTopic, argument, () => undefined)
      if (values.json) terminal.out(JSON.stringify({ name: argument, state: 'closed' }))
      else terminal.out(printable(`The breaker ${argument} is closed.`))
      return exitCodes.ok
    })
  },
}

type Listed = NonNullable<ReturnType<typeof readNote>> & { readonly name: string }

function lineOf({ name, state, sinceMs, untilMs, signals }: Listed): string {
  const since = new Date(sinceMs).toISOString()
  const until = state === 'open' ? ` until ${new Date(untilMs).toISOString()}` : ''
  const why = Object.entries(signals).map(([signal, figure]) => `${signal} ${figure}`)
  return `${name} ${state} since ${since}${until} ${why.join(', ')}`.trim()
}
