import { Breakers } from '../admission/breaker/breakers.ts'
import { createExplain } from '../admission/explain.ts'
import { createPeriods } from '../admission/periods.ts'
import { type Asked, questionOf } from '../admission/question.ts'
import { openRules, ratesIn } from '../app/rules.ts'
import { explainCall } from '../call/explain-call.ts'
import type { Settings } from '../config/load.ts'
import { settingsNow } from '../declared/declared.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { silentLogger } from '../kernel/logger.ts'
import { systemRandom } from '../kernel/random.ts'
import { openEntries } from '../store/entries.ts'
import { type OpenView, openView, storeOptions } from '../store/open.ts'
import { clockAt } from './clock-at.ts'
import { command, exitCodes } from './command.ts'
import { explainedLines } from './explained-lines.ts'
import { officeOptions } from './line/common.ts'
import { needed, optional } from './line/options.ts'
import { show } from './line/show.ts'
import { moment, word } from './line/values.ts'
import { settingsIn } from './settings-in.ts'

/** `tollgate explain`: what would become of a call, and why; nothing of it happens. */
export const explain = command({
  options: {
    'key-id': needed(word('<id>'), 'The key that the call would carry, by its id.'),
    from: needed(word('<number>'), 'The caller ID.'),
    to: needed(word('<number>'), 'The number called.'),
    class: optional(word('<class>'), 'What the call is for, as its key would say.'),
    at: optional(moment, 'When; without it now. Limits are asked as of now.'),
    source: optional(word('<address>'), 'Where it would come from.'),
    ...officeOptions,
  },
  no: 'the call would be refused',
  async run({ values }, terminal) {
    const { 'key-id': keyId, from, to, class: callClass, source } = values
    const asked = { keyId, from, to, callClass, source }
    const clock = clockAt(values.at)
    const { call, unseen } = await explained(settingsIn(values.config), asked, clock)
    const lines = explainedLines(call, unseen)
    show(terminal, { json: values.json, value: { ...call, unseen }, lines })
    return call.admitted ? exitCodes.ok : exitCodes.no
  },
})

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
  const storeTimeoutMs = values['limits.storeTimeoutMs']
  const rateOf = ratesIn(rules.lists)
  const { limiter } = view
  const answer = createExplain({
    ...{ directory: view.directory, limiter, rules, clock, breakers, rateOf },
    settings: { storeTimeoutMs, leaseMs: values['limits.leaseMs'], budgetSliceS },
  })
  const call = await explainCall({
    explained: await answer(questionOf(asked, clock.now())),
    carriers: await view.directory.carriers(),
    random: around.random,
    refusals: directory.refusals,
    view: { limiter, clock, rateOf, storeTimeoutMs, budgetSliceS, periodsOf: createPeriods() },
  })
  return { call, unseen: view.unseen }
}

/** By what the gates have posted; this one's traffic is none. */
function breakersIn({ board }: OpenView, clock: Clock): Breakers {
  return new Breakers({ clock, alerts: { raise: () => undefined }, board })
}
