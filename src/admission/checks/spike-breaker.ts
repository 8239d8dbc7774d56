import { isEmergency } from '../../numbering/canonical-number.ts'
import type { Breakers } from '../breaker/breakers.ts'
import { breakersOf } from '../breaker/owners.ts'
import { type Check, found, pass, stop } from '../check.ts'

/**
 * Neither the key's nor the tenant's breaker is open; counts the attempt at both. Where one is half-open the
 * call needs a place in its trial, which is taken with the limits.
 */
export function spikeBreaker(breakers: Pick<Breakers, 'attempt'>): Check {
  return {
    name: 'breaker',
    run: (dossier) => {
      const party = {
        key: found(dossier.key, 'the key'),
        tenant: found(dossier.tenant, 'the tenant'),
        policy: found(dossier.policy, 'the policy'),
      }
      const { called } = dossier
      const e164 = called?.ok && !isEmergency(called.number) ? called.number.e164 : ''
      const passages = breakersOf(party).map(([{ level, id, ...rest }, terms]) => ({
        level,
        owner: { level, id },
        ...breakers.attempt({ level, id, ...rest }, e164, terms),
      }))
      const figures = Object.fromEntries(passages.map(({ level, state }) => [level, state]))
      // Also where the other is open: a policy in shadow lets its own one pass.
      dossier.probes = passages.flatMap((each) =>
        each.passes && each.trial ? [{ owner: each.owner, trial: each.trial }] : [],
      )
      const stopping = passages.findLast(({ passes }) => !passes)
      if (!stopping || stopping.passes) return pass(figures)
      const { level, state, freesInMs } = stopping
      const heard = { detail: `${level}_${state}`, limit: level, level, freesInMs }
      return stop('breaker_open', figures, heard)
    },
  }
}
