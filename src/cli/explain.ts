import { Breakers } from '../admission/breaker/breakers.ts'
import { createExplain } from '../admission/explain.ts'
import { type Asked, questionOf } from '../admission/question.ts'
import { openRules, ratesIn } from '../app/rules.ts'
import { type ExplainedCall, explainCall } from '../call/explain-call.ts'
import type { Settings } from '../config/load.ts'
import { settingsNow } from '../declared/declared.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { silentLogger } from '../kernel/logger.ts'
import { systemRandom } from '../kernel/random.ts'
import { openEntries } from '../store/entries.ts'
import { type OpenView, openView, storeOptions } from '../store/open.ts'
import { readArguments } from './arguments.ts'
import { clockAt } from './clock-at.ts'
import { type Command, exitCodes, printable, UsageError } from './command.ts'
import { explainedLines } from './explained-lines.ts'
import { officeOptions, officeUsage, settingsIn } from './keys/office.ts'

const options = {
  ...officeOptions,
  'key-id': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  class: { type: 'string' },
  at: { type: 'string' },
  source: { type: 'string' },
} as const

/** `tollgate explain`: what would become of a call, and why; nothing of it happens. */
export const explain: Command = {
  usage: `explain --key-id <id> --from <number> --to <number> [--class <class>] [--at <moment>] [--source <address>] ${officeUsage}`,
  help: 'Say what would become of a call of a key, by every check; limits as they stand now. 1: it would be refused.',
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options, count: 0, otherwise })
    const { 'key-id': keyId, from, to, class: callClass, source } = values
    if (!keyId || !from || !to) throw new UsageError('--key-id, --from and --to are needed')
    const asked = { keyId, from, to, callClass, source }
    const clock = clockAt(values.at)
    const { call, unseen } = await explained(settingsIn(values.config), asked, clock)
    if (values.json) terminal.out(JSON.stringify({ ...call, unseen }))
    else for (const line of explainedLines(call, unseen)) terminal.out(printable(line))
    return call.admitted ? exitCodes.ok : exitCodes.no
  },
}

async function explained(settings: Settings, asked: Asked, clock: Clock) {
  const { values, directory: file } = settings
  const around = { random: systemRandom(), logger: silentLogger }
  // Counters are asked as of now: there are none of another time.
  const stored = storeOptions(values, { ...around, clock: systemClock(), directory: file })
  await using view = await openView(stored)
  const { directory } = settingsNow(settings, openEntries(view.board))
  view.directory.redeclare(directory)
  const rules = await openRules({ values, clock, ...around }, directory.lists, view.permissions)
  using breakers = breakersIn(view, clock)
  const budgetSliceS = values['limits.budgetSliceS']
  const answer = createExplain({
    ...{ directory: view.directory, limiter: view.limiter, rules, clock, breakers },
    rateOf: ratesIn(rules.lists),
    settings: {
      storeTimeoutMs: values['limits.storeTimeoutMs'],
      leaseMs: values['limits.leaseMs'],
      budgetSliceS,
    },
  })
  const call: ExplainedCall = explainCall({
    explained: await answer(questionOf(asked, clock.now())),
    carriers: await view.directory.carriers(),
    random: around.random,
    refusals: directory.refusals,
    budgetSliceS,
  })
  return { call, unseen: view.unseen }
}

/** By what the gates have posted; this one's traffic is none. */
function breakersIn({ board }: OpenView, clock: Clock): Breakers {
  return new Breakers({ clock, alerts: { raise: () => undefined }, board })
}
