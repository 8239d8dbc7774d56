import { figuresOf, limitOf } from '../../admission/claim-words.ts'
import { addLimitClaims } from '../../admission/limit-claims.ts'
import type { Periods } from '../../admission/periods.ts'
import { z } from '../../config/zod.ts'
import type { CallId } from '../../domain/attempt.ts'
import type { Key, KeyId } from '../../domain/key.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Tenant, TenantId } from '../../domain/tenant.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Claim, LimitOwner, Store } from '../../store/port.ts'
import { type Caller, tenantOf } from '../caller.ts'
import { notFound, type Route, route } from '../route.ts'
import { entryId, keyId } from '../schemas.ts'

export interface UsageParts {
  readonly store: Pick<Store, 'directory'> & {
    readonly limiter: Pick<Store['limiter'], 'peek' | 'running' | 'spentMicros'>
  }
  readonly periodsOf: (nowMs: number, timeZone: string) => Periods
  readonly clock: Clock
}

/** What `peek` is asked with; nothing is held. */
const leaseMs = 1_000

const limit = z.strictObject({
  limit: z.string().describe('`second`, `minute`, `hour`, `day`, `month`, `concurrency`.'),
  used: z
    .int()
    .describe(
      'Calls in the last second, minute or hour, or in this day or month; or slots in use.',
    ),
  max: z.int().describe('How many are allowed.'),
  fits: z.boolean().describe('Whether one more call would fit.'),
  freesInMs: z
    .number()
    .nullable()
    .describe('Milliseconds until one more may fit; null if not known.'),
  figures: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe('The limit itself, as in the trace of a call.'),
})
const budget = z.strictObject({
  period: z.enum(['day', 'month']).describe("A day or a month of the tenant's time zone."),
  name: z.string().describe('Which one, ISO 8601: `2026-01-05`, `2026-01`.'),
  currency: z.string().describe('Currency, ISO 4217.'),
  capMicros: z.int().describe('What may be spent, in millionths of the currency.'),
  spentMicros: z.int().describe('Spent and reserved, in millionths of the currency.'),
})
const owner = z.strictObject({
  level: z.enum(['tenant', 'key']).describe('Whose limits they are.'),
  id: z.string().describe('The id of the tenant, or the public id of the key.'),
  running: z.int().describe('Calls in progress.'),
  limits: z.array(limit).describe('Its limits of calls; what has no limit is left out.'),
  budgets: z.array(budget).describe('Its budgets; empty if it has none.'),
})

/** How far limits and budgets are used up. */
export function usageRoutes(parts: UsageParts): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/usage',
      tag: 'calls',
      access: { operator: true, scope: 'logs:read' },
      summary: 'Limits and budgets of a tenant and of one of its keys, as they stand now.',
      query: z.strictObject({
        tenant: entryId.optional().describe("Needed with an operator's key."),
        keyId: keyId
          .optional()
          .describe("The key; default: the one that asks, or for an operator's key none."),
      }),
      answers: {
        200: {
          help: 'The tenant, and the key if there is one.',
          schema: z.strictObject({
            owners: z.array(owner).describe('The tenant first, then the key.'),
          }),
        },
      },
      problems: ['not_found'],
      run: async ({ caller, query }) => {
        if (caller.kind === 'operator' && query.tenant === undefined) {
          return { ...notFound, detail: "With an operator's key, name the `tenant`." }
        }
        const tenant = await tenantAsked(parts, caller, query.tenant)
        const key = await keyAsked(parts, caller, query.keyId)
        if (!tenant || key === 'none' || (key && key.tenantId !== tenant.id)) return notFound
        const owners = [await standingOf(parts, tenant, { level: 'tenant', limits: tenant.limits })]
        const policy = key && (await parts.store.directory.findPolicy(key.policyId))
        if (policy) {
          const { limits } = policy
          owners.push(await standingOf(parts, tenant, { level: 'key', id: key.id, limits }))
        }
        return { status: 200, body: { owners }, read: `usage:${owners.length}` }
      },
    }),
  ]
}

async function tenantAsked(
  { store }: UsageParts,
  caller: Caller,
  given: string | undefined,
): Promise<Tenant | undefined> {
  const own = tenantOf(caller)
  if (own !== undefined && given !== undefined && given !== own) return undefined
  const id = own ?? given
  return id === undefined ? undefined : await store.directory.findTenant(id as TenantId)
}

/** A tenant's key sees its own limits and those of no other key. */
async function keyAsked(
  { store }: UsageParts,
  caller: Caller,
  given: string | undefined,
): Promise<Key | undefined | 'none'> {
  if (caller.kind === 'tenant') {
    return given === undefined || given === caller.key.id ? caller.key : 'none'
  }
  return given === undefined
    ? undefined
    : ((await store.directory.findKey(given as KeyId)) ?? 'none')
}

interface Limited {
  readonly level: 'tenant' | 'key'
  readonly id?: string
  readonly limits: Limits
}

async function standingOf(parts: UsageParts, tenant: Tenant, limited: Limited) {
  const { limiter } = parts.store
  const { level, id = tenant.id, limits } = limited
  const of: LimitOwner = { level, id }
  const home = { level: 'tenant', id: tenant.id } as const
  const periods = parts.periodsOf(parts.clock.now(), tenant.timeZone)
  const claims = claimsOf(of, limits, periods)
  const request = { callId: 'usage' as CallId, part: 'admission', home, claims, leaseMs } as const
  const standings = await limiter.peek({ ...request, whenLost: 'refuse' })
  const caps = [
    { cap: limits.budget?.perDayMicros, period: periods.day },
    { cap: limits.budget?.perMonthMicros, period: periods.month },
  ]
  const currency = limits.budget?.currency ?? ''
  const budgets = caps.flatMap(({ cap, period }) => (cap === undefined ? [] : [{ cap, period }]))
  return {
    level,
    id,
    running: await limiter.running(home, of),
    limits: standings.map(({ claim, freesInMs, used }) => ({
      limit: limitOf(claim),
      used,
      max: maxOf(claim),
      fits: freesInMs === 0,
      freesInMs: freesInMs ?? null,
      figures: figuresOf(claim),
    })),
    budgets: await Promise.all(
      budgets.map(async ({ cap: capMicros, period }) => ({
        period: period.unit,
        name: period.name,
        currency,
        capMicros,
        spentMicros: await limiter.spentMicros(home, { owner: of, period, currency }),
      })),
    ),
  }
}

function maxOf(claim: Claim): number {
  switch (claim.kind) {
    case 'rate':
      return claim.perSecondMax
    case 'concurrency':
      return claim.slotsMax
    case 'window':
    case 'period':
      return claim.callsMax
    case 'callee':
      return claim.attemptsMax
    case 'budget':
      return claim.capMicros
    case 'use':
      return claim.usesMax
  }
}

/** Those of no one callee and of no price: a call that is not there has neither. */
function claimsOf(of: LimitOwner, limits: Limits, periods: Periods): Claim[] {
  const claims: Claim[] = []
  const ofNobody = { attemptsPerCallee24hMax: undefined, attemptsPerCallee30dMax: undefined }
  const terms = { periods, e164: '', rate: undefined, sliceMs: 0 }
  addLimitClaims(
    claims,
    { owner: of, limits: { ...limits, ...ofNobody, budget: undefined } },
    terms,
  )
  return claims
}
