import type { Scope } from '../../domain/policy.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** The policy lets the key do this at all. */
export function scope(wanted: Scope): Check {
  const figures = { scope: wanted }
  return {
    name: 'scope',
    run: ({ policy }) => {
      const { scopes } = found(policy, 'the policy')
      return scopes.includes(wanted) ? pass(figures) : stop('scope_denied', figures)
    },
  }
}
