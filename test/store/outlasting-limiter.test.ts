import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { Failure } from '../../src/kernel/failure.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { CalleeHash } from '../../src/store/callee-hash.ts'
import type { PermissionAsk } from '../../src/store/permission-port.ts'
import type { TakeRequest } from '../../src/store/port.ts'
import { KeyNames } from '../../src/store/redis/keys.ts'
import {
  OutlastingLimiter,
  type OutlastingLimiterParts,
} from '../../src/store/redis/outlasting-limiter.ts'
import { lost } from '../../src/store/redis/scripts.ts'
import { FakeClock } from '../support/fake-clock.ts'

const home = { level: 'tenant', id: 't1' } as const
const day = { unit: 'day', name: '2026-01-05', endsAtMs: 1_767_657_600_000 } as const
const request: TakeRequest = {
  callId: 'one' as CallId,
  part: 'admission',
  home,
  leaseMs: 30_000,
  whenLost: 'local',
  claims: [
    {
      kind: 'budget',
      owner: home,
      period: day,
      currency: 'USD',
      capMicros: 1000,
      reserveMicros: 10,
    },
  ],
}

/** A server that answers by `answers`, and what it was asked. */
function serverOf(answers: (script: string) => Promise<unknown>) {
  const asked: { script: string; args: readonly unknown[] }[] = []
  const run = (script: string, _: unknown, args: readonly unknown[]) => {
    asked.push({ script, args })
    return answers(script)
  }
  const client = Object.assign(new EventEmitter(), { status: 'ready' })
  const clock = new FakeClock()
  const limiter = new OutlastingLimiter({
    client,
    clock,
    random: systemRandom(),
    gates: 1,
    logger: silentLogger,
    scripts: { run },
    board: { isFresh: true },
    nowUs: () => '',
    names: new KeyNames(new CalleeHash(Buffer.alloc(32, 7))),
    permissions: {
      isSpread: true,
      findOptOutOfEverybody: () => Promise.reject(new SyntaxError('no JSON')),
    },
  } as unknown as OutlastingLimiterParts)
  return { asked, clock, limiter, scriptsAsked: () => asked.map(({ script }) => script) }
}

test('money reserved while a call is being counted on the server is counted there too', async () => {
  const counting = Promise.withResolvers<unknown>()
  let isLost = true
  const { limiter, asked } = serverOf(async (script) => {
    if (isLost) throw new Failure('store_unavailable', 'Redis: lost')
    return script === 'take' ? await counting.promise : [1]
  })
  await using _ = limiter
  const taken = await limiter.take(request)
  if (!taken.taken) throw new Error('refused')
  isLost = false
  const settling = limiter.renew([], 30_000)
  await new Promise(setImmediate)
  const extending = limiter.extend(taken.leases, 5)
  await new Promise(setImmediate)
  counting.resolve(1)
  expect(await extending).toEqual({ taken: true })
  await settling
  expect(asked.filter(({ script }) => script === 'extend')).toMatchObject([
    { args: ['', 5, 1000, day.endsAtMs] },
  ])
})

test('what was taken is given back where what callees have told everybody cannot be read', async () => {
  const { limiter, clock, scriptsAsked } = serverOf(async () => 1)
  await using _ = limiter
  const ask = { tenantId: 't1', e164: '+12025550100' } as unknown as PermissionAsk
  await expect(limiter.takePermitted(request, ask)).rejects.toThrow('no JSON')
  clock.advance(1_000)
  await expect.poll(scriptsAsked).toEqual(['take', 'release'])
})

test('what the server may have taken is given back where this gate has no part left for it', async () => {
  let isLost = true
  const { limiter, clock, scriptsAsked } = serverOf(async () => {
    if (isLost) throw new Failure('store_unavailable', 'Redis: no answer in time')
    return 1
  })
  await using _ = limiter
  const claims = request.claims.map((claim) => ({ ...claim, capMicros: 5 }))
  expect(await limiter.take({ ...request, claims })).toMatchObject({ taken: false })
  isLost = false
  clock.advance(1_000)
  await expect.poll(scriptsAsked).toEqual(['take', 'release'])
})

test('a server whose clock is far from this one is not lost: nothing is counted without it', async () => {
  const reply = new Error(
    'CLOCK that of the gate is far from this one script: 0a1b, on @user_script:310.',
  )
  const { limiter } = serverOf(async () => {
    throw lost(reply)
  })
  await using _ = limiter
  await expect(limiter.take(request)).rejects.toMatchObject({ code: 'store_unavailable' })
})
