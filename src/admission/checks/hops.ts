import { type Check, pass, stop } from '../check.ts'

/** RFC 3261 16.3: a request that may travel no further goes no further, whatever key it has. */
export function hops(): Check {
  return {
    name: 'hops',
    run: ({ attempt }) => {
      if (attempt.maxForwards === undefined) return pass()
      const figures = { maxForwards: attempt.maxForwards }
      if (attempt.maxForwards < 0) return stop('request_malformed', figures)
      return attempt.maxForwards === 0 ? stop('too_many_hops', figures) : pass(figures)
    },
  }
}
