import { openRules } from '../../app/rules.ts'
import type { Settings } from '../../config/load.ts'
import { settingsNow } from '../../declared/declared.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import { silentLogger } from '../../kernel/logger.ts'
import { systemRandom } from '../../kernel/random.ts'
import { openEntries } from '../../store/entries.ts'
import { openView, storeOptions } from '../../store/open.ts'

/** What a gate with these settings would decide by; looked at, nothing of it is changed. */
export async function viewOf(settings: Settings) {
  const { values, directory: file } = settings
  const around = { random: systemRandom(), logger: silentLogger }
  await using stack = new AsyncDisposableStack()
  // Counters are asked as of now: there are none of another time.
  const stored = storeOptions(values, { ...around, clock: systemClock(), directory: file })
  const view = stack.use(await openView(stored))
  const { directory: declared } = settingsNow(settings, openEntries(view.board))
  view.directory.redeclare(declared)
  const opened = stack.move()
  return {
    ...around,
    values,
    declared,
    view,
    limits: {
      storeTimeoutMs: values['limits.storeTimeoutMs'],
      leaseMs: values['limits.leaseMs'],
      budgetSliceS: values['limits.budgetSliceS'],
    },
    rules: (clock: Clock) => {
      return openRules({ values, clock, ...around }, declared.lists, view.permissions)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
