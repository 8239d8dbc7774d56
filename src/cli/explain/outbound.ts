import { Breakers } from '../../admission/breaker/breakers.ts'
import { createExplain } from '../../admission/explain.ts'
import { createPeriods } from '../../admission/periods.ts'
import { type Asked, questionOf } from '../../admission/question.ts'
import { ratesIn } from '../../app/rules.ts'
import { explainCall } from '../../call/explain-call.ts'
import type { Settings } from '../../config/load.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { OpenView } from '../../store/open.ts'
import { viewOf } from './view.ts'

/** What would become of a call of a key, and which kinds of limits only a running gate can tell of. */
export async function explainedOutbound(settings: Settings, asked: Asked, clock: Clock) {
  await using opened = await viewOf(settings)
  const { view, declared, random, limits } = opened
  const { limiter, directory } = view
  const rules = await opened.rules(clock)
  using breakers = breakersIn(view, clock)
  const rateOf = ratesIn(rules.lists)
  const answer = createExplain({
    directory,
    limiter,
    rules,
    clock,
    breakers,
    rateOf,
    settings: limits,
  })
  const call = await explainCall({
    explained: await answer(questionOf(asked, clock.now())),
    carriers: await directory.carriers(),
    random,
    refusals: declared.refusals,
    view: { ...limits, limiter, clock, rateOf, periodsOf: createPeriods() },
  })
  return { call, unseen: view.unseen }
}

/** By what the gates have posted; this one's traffic is none. */
function breakersIn({ board }: OpenView, clock: Clock): Breakers {
  return new Breakers({ clock, alerts: { raise: () => undefined }, board })
}
