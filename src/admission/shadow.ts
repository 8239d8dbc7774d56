import type { Reason } from '../domain/refusals.ts'
import type { Check, Dossier, Outcome, Stopped } from './check.ts'
import { noLeases } from './no-leases.ts'

/**
 * What a policy in shadow lets pass: its own rules and limits. Never who the caller is, never a
 * number that cannot be called, never the tenant's limits and breaker, and never what the law forbids
 * whoever's policy it is.
 */
const letPass: ReadonlySet<Reason> = new Set<Reason>([
  ...(['scope_denied', 'geo_country_denied', 'geo_type_denied', 'geo_prefix_denied'] as const),
  ...(['caller_id_not_allowed', 'price_exceeded', 'price_unknown'] as const),
  ...(['call_class_denied', 'consent_missing'] as const),
  ...(['breaker_open', 'rate_exceeded', 'concurrency_exceeded', 'daily_limit_exceeded'] as const),
  ...(['monthly_limit_exceeded', 'attempts_per_callee_exceeded', 'budget_exceeded'] as const),
])

/** The checks of a policy that may stand in shadow: what would have been refused passes, and is noted. */
export function inShadow(checks: readonly Check[]): readonly Check[] {
  return checks.map(({ name, run }) => ({
    name,
    run: (dossier) => {
      const outcome = run(dossier)
      if (!(outcome instanceof Promise)) return shadowed(outcome, dossier)
      return outcome.then((settled) => shadowed(settled, dossier))
    },
  }))
}

function shadowed(outcome: Outcome, dossier: Dossier): Outcome {
  if (outcome.passed || dossier.policy?.enforcement !== 'shadow') return outcome
  if (!letPass.has(outcome.reason) || isOfOthers(outcome)) return outcome
  // A claim that cannot be read is no rule's; and no class, no rules for it.
  if (outcome.reason === 'call_class_denied' && !dossier.callClass) return outcome
  // Without any number of the caller's there is nobody to call for.
  if (outcome.reason === 'caller_id_not_allowed' && !dossier.caller) return outcome
  // The last check takes; where it could not, the call holds nothing.
  dossier.leases ??= noLeases(dossier.attempt.id)
  const detail = outcome.detail === undefined ? {} : { detail: outcome.detail }
  const figures = { ...outcome.figures, shadow: outcome.reason, ...detail }
  return { passed: true, figures, settles: outcome.settles }
}

/** Whether it is the tenant's, as the law's count of attempts is, or the law's wish for consent, not the policy's. */
function isOfOthers({ reason, figures, level }: Stopped): boolean {
  return level === 'tenant' || (reason === 'consent_missing' && figures.source !== 'policy')
}
