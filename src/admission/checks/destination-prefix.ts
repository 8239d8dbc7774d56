import type { PrefixPolicy } from '../../domain/policy.ts'
import type { OperatorLists } from '../../tables/operator-lists.ts'
import {
  type PrefixRules,
  PrefixRulesBuilder,
  type PrefixVerdict,
} from '../../tables/prefix-list.ts'
import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/**
 * No prefix that the policy or one of its lists denies is the longest that the number begins with; where
 * the policy wants only what it names, one that it allows is.
 */
export function destinationPrefix(lists: OperatorLists): Check {
  const rulesOf = createPrefixRules(lists)
  return {
    name: 'destination_prefix',
    run: (dossier) => {
      const { prefixes } = found(dossier.policy, 'the policy')
      if (!prefixes) return pass()
      const { only = false } = prefixes
      const { e164 } = calledBy(dossier)
      const verdict = strictest(rulesOf(prefixes).map((rules) => rules.verdict(e164)))
      if (!verdict)
        return only ? stop('geo_prefix_denied', { prefix: '', only }) : pass({ prefix: '' })
      const { effect, ...figures } = verdict
      return effect === 'allow' ? pass({ ...figures }) : stop('geo_prefix_denied', { ...figures })
    },
  }
}

/** The rules of a policy, made once: its own, and those of the lists that it names. */
function createPrefixRules({ prefixLists }: OperatorLists) {
  const known = new WeakMap<PrefixPolicy, readonly PrefixRules[]>()
  return (prefixes: PrefixPolicy): readonly PrefixRules[] => {
    const made = known.get(prefixes) ?? [
      ownRules(prefixes),
      ...prefixes.lists.map((id) => found(prefixLists.get(id), `the prefix list ${id}`)),
    ]
    known.set(prefixes, made)
    return made
  }
}

function ownRules({ allow, deny }: PrefixPolicy): PrefixRules {
  const builder = new PrefixRulesBuilder()
  for (const prefix of allow) builder.add({ effect: 'allow', prefix, source: 'policy', date: '' })
  for (const prefix of deny) builder.add({ effect: 'deny', prefix, source: 'policy', date: '' })
  return builder.build()
}

/** Of several lists, too, the longest prefix decides, and of equal ones the one that denies. */
function strictest(verdicts: readonly (PrefixVerdict | undefined)[]): PrefixVerdict | undefined {
  return verdicts.reduce((strict, verdict) => {
    if (!strict || !verdict) return strict ?? verdict
    const longer = verdict.prefix.length - strict.prefix.length
    return longer > 0 || (longer === 0 && verdict.effect === 'deny') ? verdict : strict
  }, undefined)
}
