import { expect, test } from 'vitest'
import type { AttemptFailure } from '../../src/domain/attempt-failure.ts'
import type { Binding } from '../../src/domain/binding.ts'
import type { Carrier, Gateway } from '../../src/domain/carrier.ts'
import type { Trunk } from '../../src/domain/trunk.ts'
import { candidatesMax, candidatesOf, targetsOf } from '../../src/routing/candidates.ts'
import { advances, bestAnswer } from '../../src/routing/failover.ts'

function carrier(id: string, priority: number, gateways: readonly string[], enabled = true) {
  return {
    id,
    priority,
    enabled,
    noAnswerTimeoutMs: 1,
    ringTimeoutMs: 2,
    gateways: gateways.map((name) => ({ id: name, host: name, port: 1, transport: 'udp' })),
  } as unknown as Carrier
}

function failure(status: number, more: Partial<AttemptFailure> = {}): AttemptFailure {
  return { cause: 'response', status, rang: false, earlyMedia: false, ...more }
}

test('gateways come by the priority of their carrier, then as listed, and disabled ones not', () => {
  const candidates = candidatesOf([
    carrier('last', 9, ['x']),
    carrier('first', 1, ['a', 'b']),
    carrier('off', 0, ['z'], false),
    carrier('tie', 1, ['c']),
  ])
  expect(candidates.map(({ gateway }) => gateway.id)).toEqual(['a', 'b', 'c', 'x'])
})

test('a call by sips goes by TLS or not at all, whatever comes first', () => {
  const secure = { id: 's', host: 's', port: 1, transport: 'tls' } as unknown as Gateway
  const plain = carrier('plain', 1, ['a', 'b'])
  const mixed = { ...carrier('mixed', 2, ['c']), gateways: [...plain.gateways, secure] }
  const seen = candidatesOf([plain, mixed], true)
  expect(seen).toMatchObject([{ carrierId: 'mixed', gateway: { id: 's' }, isSecure: true }])
  expect(candidatesOf([plain], true)).toEqual([])
  const trunk = { id: 't', targets: [...plain.gateways, secure] } as unknown as Trunk
  const at = (contact: string) => ({ contact, host: 'p', port: 9, transport: 'tls' }) as Binding
  const bindings = [at('sips:a@p'), at('sip:b@p')]
  expect(targetsOf(trunk, bindings, true)).toMatchObject([
    { gateway: { id: 't-registered-1' }, contact: 'sips:a@p', isSecure: true },
    { gateway: { id: 's' }, isSecure: true },
  ])
  expect(targetsOf(trunk, bindings)).toHaveLength(5)
})

test('a call tries no more gateways than the limit', () => {
  const names = Array.from({ length: 30 }, (_, index) => `g${index}`)
  const big = carrier('big', 1, names)
  expect(candidatesOf([big])).toHaveLength(candidatesMax)
  const trunk = { id: 't', targets: big.gateways } as unknown as Trunk
  expect(targetsOf(trunk, [])).toHaveLength(candidatesMax)
})

// biome-ignore format: a table
test.each([300, 302, 401, 402, 403, 405, 407, 408, 430, 481, 500, 501, 502, 503, 504, 513])(
  '%i is the carrier\'s trouble: the next one is tried', (status) => {
    expect(advances(failure(status))).toBe(true)
  },
)

// biome-ignore format: a table
test.each([400, 404, 410, 415, 416, 420, 422, 433, 436, 437, 438, 480, 482, 483, 484, 486, 487, 488,
  555, 580, 600, 603, 604, 606, 607, 608])(
  '%i is the callee\'s word: nobody else is asked', (status) => {
    expect(advances(failure(status))).toBe(false)
  },
)

test('silence and what could not be sent lead on; a ringing callee and early media do not', () => {
  expect(advances(failure(408, { cause: 'no_answer' }))).toBe(true)
  expect(advances(failure(500, { cause: 'unsent' }))).toBe(true)
  expect(advances(failure(408, { cause: 'ring_timeout' }))).toBe(true)
  expect(advances(failure(408, { cause: 'ring_timeout', rang: true }))).toBe(false)
  expect(advances(failure(408, { rang: true }))).toBe(false)
  expect(advances(failure(503, { rang: true }))).toBe(true)
  expect(advances(failure(503, { rang: true, earlyMedia: true }))).toBe(false)
})

function best(...failures: AttemptFailure[]): number | undefined {
  const verdict = bestAnswer(failures)
  return verdict.kind === 'pass_on' ? failures[verdict.index]?.status : undefined
}

test('the caller hears the callee before a carrier, and a 6xx before all', () => {
  expect(best(failure(403), failure(486))).toBe(486)
  expect(best(failure(503), failure(603))).toBe(603)
  expect(best(failure(503), failure(403), failure(408))).toBe(403)
  expect(best(failure(408, { rang: true }), failure(503))).toBe(408)
  expect(best(failure(580))).toBe(580)
})

test("a carrier's own trouble is not for the caller", () => {
  expect(best()).toBeUndefined()
  for (const status of [302, 401, 407, 408, 500, 503]) expect(best(failure(status))).toBeUndefined()
  expect(best(failure(503, { earlyMedia: true }))).toBeUndefined()
})
