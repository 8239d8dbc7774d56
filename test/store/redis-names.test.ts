import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CalleeHash } from '../../src/store/callee-hash.ts'
import type { Claim, LimitOwner } from '../../src/store/port.ts'
import { type RedisKey, textOf } from '../../src/store/redis/key-name.ts'
import { KeyNames } from '../../src/store/redis/keys.ts'
import { Script, ScriptCommand } from '../../src/store/redis/script-command.ts'

const callees = new CalleeHash(Buffer.alloc(32, 7))

const owners = fc.record({
  level: fc.constantFrom('key', 'tenant', 'carrier', 'gateway', 'trunk'),
  id: fc.constantFrom('a', 'b', 'ö'),
}) as fc.Arbitrary<LimitOwner>
const periods = fc.constantFrom(
  { unit: 'day', name: '2026-01-05', endsAtMs: 1 },
  { unit: 'day', name: '2026-01-06', endsAtMs: 2 },
  { unit: 'month', name: '2026-01', endsAtMs: 3 },
)
const claims = fc.oneof(
  fc.record({ kind: fc.constant('rate'), owner: owners }),
  fc.record({
    kind: fc.constant('window'),
    owner: owners,
    window: fc.constantFrom('minute', 'hour'),
  }),
  fc.record({ kind: fc.constant('concurrency'), owner: owners }),
  fc.record({ kind: fc.constant('period'), owner: owners, period: periods }),
  fc.record({
    kind: fc.constant('callee'),
    owner: owners,
    window: fc.constantFrom('24h', '30d'),
    e164: fc.constantFrom('+12025550100', '+12025550101'),
  }),
  fc.record({
    kind: fc.constant('budget'),
    owner: owners,
    period: periods,
    currency: fc.constantFrom('USD', 'EUR'),
  }),
  fc.record({
    kind: fc.constant('use'),
    owner: owners,
    what: fc.constantFrom('token', 'nonce', 'probe'),
    id: fc.constantFrom('1', '2'),
  }),
) as unknown as fc.Arbitrary<Claim>
const homes = fc.constantFrom({ level: 'tenant', id: 't' }, { level: 'carrier', id: 't' } as const)

/** What tells two counters apart, beside the home. */
function counterOf(claim: Claim): string {
  const { kind, owner } = claim
  const which = {
    window: '',
    period: { name: '' },
    e164: '',
    currency: '',
    what: '',
    id: '',
    ...claim,
  }
  const { window, period, e164, currency, what, id } = which
  return JSON.stringify([
    kind,
    owner.level,
    owner.id,
    window,
    period.name,
    e164,
    currency,
    what,
    id,
  ])
}

test('every counter has a name of its own and keeps it, whatever was named before', () => {
  const lists = fc.array(fc.tuple(homes, fc.array(claims, { maxLength: 12 })), { maxLength: 12 })
  fc.assert(
    fc.property(lists, (taken) => {
      const names = new KeyNames(callees)
      const counterOfName = new Map<string, string>()
      for (const [home, wanted] of taken as [{ level: 'tenant'; id: string }, Claim[]][]) {
        for (const [at, key] of names.ofClaims(home, wanted).entries()) {
          const counter = home.level + counterOf(wanted[at] as Claim)
          const named = counterOfName.get(textOf(key))
          expect(named ?? counter).toBe(counter)
          counterOfName.set(textOf(key), counter)
        }
      }
      expect(new Set(counterOfName.values()).size).toBe(counterOfName.size)
    }),
  )
})

test('a command has each part with its length in bytes, whether its name was made before or not', () => {
  const owner = { level: 'key', id: 'ö' } as const
  const [name] = new KeyNames(callees).ofClaims({ level: 'tenant', id: 't' }, [
    { kind: 'concurrency', owner, slotsMax: 1 },
  ]) as [RedisKey]
  const command = new ScriptCommand(new Script('return 1'), { keys: [name, 'é'], args: [5, 'ü'] })
  expect(command.toWritable({})).toBe(
    '*7\r\n$4\r\neval\r\n$8\r\nreturn 1\r\n$1\r\n2\r\n' +
      '$25\r\ntollgate:{t}:slots:key:ö\r\n$2\r\né\r\n$1\r\n5\r\n$2\r\nü\r\n',
  )
  expect(command.getKeys()).toEqual([textOf(name)])
})
