import { callTokenLifeMaxMs } from '../../domain/call-token.ts'
import { leasesId } from '../leases-id.ts'
import type {
  BudgetClaim,
  Claim,
  Home,
  LimitOwner,
  Standing,
  TakeRequest,
  UseClaim,
} from '../port.ts'
import { attemptsMax, calleeWindowMs, windowMs } from '../windows.ts'
import type { RedisKey } from './key-name.ts'
import type { KeyNames } from './keys.ts'
import type { Places } from './permissions.ts'
import type { Scripts } from './scripts.ts'

/** A larger rate is this one, as in the embedded store. */
const perSecondMaxMax = 10_000

/**
 * How long at least the server knows of a use, whatever its clock says: a token's for as long as any token lives.
 * What `take.lua` keeps all uses for past their end is longer than a nonce lives.
 */
const useKeptMs: Readonly<Record<UseClaim['what'], number>> = {
  token: callTokenLifeMaxMs,
  nonce: 0,
  probe: 0,
}

export interface RedisCountsParts {
  readonly scripts: Scripts
  readonly names: KeyNames
  /** Now in microseconds where a test has its own clock; '' for the clock of the server. */
  readonly nowUs: () => string
}

/** What is counted on a Redis server or cluster, to look at. */
export class RedisCounts {
  protected readonly parts: RedisCountsParts

  constructor({ scripts, names, nowUs }: RedisCountsParts) {
    this.parts = { scripts, names, nowUs }
  }

  async peek(request: TakeRequest): Promise<readonly Standing[]> {
    const { home, claims } = request
    const { names } = this.parts
    const id = leasesId(request)
    const leaseKey = names.lease(home, id)
    const counterKeys = names.ofClaims(home, claims)
    const answer = (await this.runTake({ id, leaseKey, counterKeys, request }, 'peek')) as string[]
    return claims.map((claim, at) => ({
      claim,
      freesInMs: waitMs(answer[at]),
      used: Number(answer[claims.length + at] ?? 0),
    }))
  }

  async running(home: Home, owner: LimitOwner): Promise<number> {
    const { scripts, names, nowUs } = this.parts
    return Number(await scripts.run('running', [names.slots(home, owner)], [nowUs()]))
  }

  async spentMicros(
    home: Home,
    budget: Pick<BudgetClaim, 'owner' | 'period' | 'currency'>,
  ): Promise<number> {
    const { scripts, names } = this.parts
    return scripts.number(names.budget(home, budget).text)
  }

  /** Takes what a request wants, also so that it can be undone, counts it unasked, or asks alone. */
  protected runTake(
    { id, leaseKey, counterKeys, request }: TakeFor,
    mode: 'take' | 'try' | 'force' | 'peek',
    places?: Places,
  ): Promise<unknown> {
    const { scripts, nowUs } = this.parts
    const { claims, leaseMs } = request
    const args = [nowUs(), leaseMs, id, mode, writtenOf(claims)]
    if (!places) return scripts.run('take', [leaseKey, ...counterKeys], args)
    const keys = [leaseKey, ...counterKeys, ...places.keys]
    return scripts.run('take', keys, [...args, JSON.stringify(places.sought)])
  }
}

interface TakeFor {
  readonly id: string
  readonly leaseKey: string
  readonly counterKeys: readonly RedisKey[]
  readonly request: TakeRequest
}

/** Kind and figures of every claim, in one text of JSON: the server takes its time for each argument. */
export function writtenOf(claims: readonly Claim[]): string {
  let text = ''
  for (const claim of claims) {
    const [one, two, three] = figuresOf(claim)
    text += `${text && ','}"${claim.kind}",${one},${two},${three}`
  }
  return `[${text}]`
}

function figuresOf(claim: Claim): [number, number, number] {
  switch (claim.kind) {
    case 'rate':
      return [whole(claim.perSecondMax, perSecondMaxMax), whole(claim.burst, perSecondMaxMax), 0]
    case 'window':
      return [windowMs[claim.window], whole(claim.callsMax), 0]
    case 'concurrency':
      return [claim.slotsMax, 0, 0]
    case 'period':
      return [claim.callsMax, claim.period.endsAtMs, 0]
    case 'callee':
      return [calleeWindowMs[claim.window], whole(claim.attemptsMax, attemptsMax), 0]
    case 'budget':
      return [claim.capMicros, claim.reserveMicros, claim.period.endsAtMs]
    case 'use':
      return [whole(claim.usesMax), claim.endsAtMs, useKeptMs[claim.what]]
  }
}

/** A limit that is no number, or less than one call, lets nothing through. */
function whole(limit: number, max = Number.MAX_SAFE_INTEGER): number {
  return limit >= 1 ? Math.floor(Math.min(limit, max)) : 0
}

/** Undefined where the script cannot tell. */
export function waitMs(text: string | undefined): number | undefined {
  return text ? Number(text) : undefined
}
