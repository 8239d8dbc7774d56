import { expect } from 'vitest'
import type { Granted } from '../../src/domain/decision.ts'
import { dialledText } from '../../src/domain/number.ts'
import { isOfStir } from '../../src/domain/refusals.ts'
import type { Outcome } from './row-gate.ts'
import { base, type Expectation, type Row, readYaml } from './table.ts'

const phrases = readYaml('phrases.yaml') as Record<string, string>

/** What of an outcome the row is about. */
export function seen(outcome: Outcome, { expect: want }: Row): unknown {
  const { decision, answer, event, isDropped } = outcome
  const text = JSON.stringify([answer, event])
  for (const key of Object.values(base.keys)) expect(text).not.toContain(key.slice(25))
  if (want.admitted && decision?.admitted && !answer) {
    const all: Expectation = {
      admitted: true,
      ...grantedTo(decision.grant),
      ...traceOf(decision.trace, want),
    }
    return only(all, want)
  }
  if (isDropped) return { silent: true }
  if (!answer) return { admitted: decision?.admitted ?? false }
  const headers = answer.headers ?? {}
  const challenges = [headers['WWW-Authenticate'] ?? []].flat().length
  const detail = event?.type === 'call.decided' && !event.admitted ? event.detail : undefined
  return {
    status: answer.status,
    phrase: answer.phrase,
    reason: headers.Reason,
    retryAfter: headers['Retry-After'],
    challenges,
    ...(want.detail === undefined ? {} : { detail }),
    ...only(traceOf(decision?.trace ?? [], want), want),
  }
}

function grantedTo(grant: Granted): Omit<Expectation, 'admitted'> {
  const called = dialledText(grant.called)
  if (grant.direction === 'outbound') {
    const { caller, attestation, key } = grant
    return { called, caller: caller.e164, attestation, mode: key.mode }
  }
  const { trunk, caller, verification, isMarked } = grant
  const verstat = isMarked ? verification?.verstat : undefined
  return { called, caller: caller.user, trunk: trunk.id, verstat, hidden: caller.hidden }
}

/** The same, as the row has it. */
export function wanted(want: Expectation): unknown {
  if (want.admitted || want.silent) return want
  const { status, reason = 'internal_error', limit, retryAfterS, challenges = 0 } = want
  const { detail, figures, checks, phrase, freesInS } = want
  const frees = freesInS === undefined ? '' : `;frees-in=${freesInS}`
  const stir = isOfStir(reason) ? `, STIR ;cause=${status} ;text="${phrases[reason]}"` : ''
  return {
    status,
    phrase: challenges > 0 ? 'Unauthorized' : (phrase ?? phrases[reason]),
    reason: `SIP;cause=${status};text="${reason}${limit ? ` (${limit})` : ''}"${frees}${stir}`,
    retryAfter: retryAfterOf(retryAfterS),
    challenges,
    ...(detail === undefined ? {} : { detail }),
    ...(figures && { figures }),
    ...(checks && { checks }),
  }
}

function retryAfterOf(retryAfterS: Expectation['retryAfterS']): unknown {
  if (retryAfterS === undefined) return undefined
  return retryAfterS === 'random' ? expect.stringMatching(/^([1-9]|10)$/) : String(retryAfterS)
}

type Trace = readonly {
  readonly check: string
  readonly figures: object
  readonly passed: boolean
}[]

/** Of the figures those that the row names; `checks` are those that refused or would have. */
function traceOf(trace: Trace, { figures: named = {} }: Expectation) {
  const figures = Object.fromEntries(
    Object.entries(named).map(([check, wantedFigures]) => {
      const all = new Map(Object.entries(trace.find((one) => one.check === check)?.figures ?? {}))
      return [check, Object.fromEntries(Object.keys(wantedFigures).map((f) => [f, all.get(f)]))]
    }),
  )
  return { figures, checks: trace.map(({ check }) => check) }
}

function only(all: Expectation, want: Expectation): Partial<Expectation> {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => Object.hasOwn(want, name)),
  ) as Partial<Expectation>
}
