import { expect, test } from 'vitest'
import { deadLettersMax, deadLettersOn, putDeadLetter } from '../../src/alerts/dead-letters.ts'
import { watchKeyExpiry } from '../../src/alerts/key-expiry.ts'
import { triesMax, Webhook } from '../../src/alerts/webhook.ts'
import { tellingLog } from '../../src/app/call-notices.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { Alert, CallNotice } from '../../src/domain/alert.ts'
import type { Key } from '../../src/domain/key.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { logOf } from '../support/log-of.ts'

const dayMs = 86_400_000

function board() {
  const notes = new Map<string, string>()
  return {
    notes: () => notes,
    post: async (_topic: string, id: string, change: () => string | undefined) => {
      const note = change()
      if (note === undefined) notes.delete(id)
      else notes.set(id, note)
    },
  }
}

function telling(refusalsPerMinuteMax = 0) {
  const clock = new FakeClock()
  const [raised, calls]: [Alert[], CallNotice[]] = [[], []]
  const disk = { isFull: false }
  const keep = async () => {
    if (disk.isFull) throw new Error('no space left')
  }
  const log = tellingLog(logOf(keep), {
    clock,
    refusalsPerMinuteMax,
    tellCall: (notice) => void calls.push(notice),
    alerts: { raise: (alert) => void raised.push(alert) },
  })
  const append = (event: object) => log.append(event as AuditEvent)
  return { clock, raised, calls, append, disk }
}

test('a call that ends is told with whose it was, and without a number', async () => {
  const { calls, append } = telling()
  const whose = { callId: 'c1', keyId: 'k1', tenantId: 'acme', direction: 'outbound' }
  await append({ type: 'call.decided', admitted: true, ...whose, called: '+14155552671' })
  const end = { endedBy: 'caller', cause: 'bye', status: 200, durationMs: 9 }
  await append({ type: 'call.ended', callId: 'c1', ...end })
  await append({ type: 'call.ended', callId: 'c1', ...end })
  expect(calls).toHaveLength(1)
  expect(calls[0]).toMatchObject({ kind: 'call_ended', callId: 'c1', keyId: 'k1', figures: end })
  expect(JSON.stringify(calls)).not.toContain('4155552671')
})

test('a call whose decision was not kept is not followed to its end', async () => {
  const { calls, append, disk } = telling()
  disk.isFull = true
  const decision = append({ type: 'call.decided', admitted: true, callId: 'c1' })
  await expect(decision).rejects.toThrow('no space left')
  disk.isFull = false
  await append({ type: 'call.ended', callId: 'c1', endedBy: 'gate', cause: 'audit_unavailable' })
  expect(calls).toEqual([])
})

test('refusals beyond the threshold are told once for each minute', async () => {
  const { clock, raised, append } = telling(2)
  const refuse = () => append({ type: 'call.decided', admitted: false, reason: 'key_revoked' })
  await refuse()
  await refuse()
  expect(raised).toEqual([])
  for (let more = 0; more < 5; more++) await refuse()
  expect(raised.map(({ kind }) => kind)).toEqual(['refusals_many'])
  clock.advance(60_000)
  for (let more = 0; more < 3; more++) await refuse()
  expect(raised).toHaveLength(2)
})

test('a key that ends is told of seven days and one day before, once each', async () => {
  const clock = new FakeClock()
  const raised: Alert[] = []
  const key = { id: 'k1', tenantId: 'acme', status: 'active', expiresAtMs: clock.now() + 8 * dayMs }
  using _watch = watchKeyExpiry({
    clock,
    keys: async () => [key as Key],
    alerts: { raise: (alert) => void raised.push(alert) },
  })
  for (let hour = 0; hour < 9 * 24; hour++) await clock.advanceAsync(dayMs / 24)
  expect(raised.map(({ figures }) => figures.daysLeft)).toEqual([7, 1])
})

test('what is given up is a dead letter, and only so many are kept', async () => {
  const clock = new FakeClock()
  const letters = board()
  using webhook = new Webhook({
    url: 'https://x',
    secret: new Secret('shared'),
    clock,
    logger: silentLogger,
    random: systemRandom(),
    post: async () => 503,
    onGivenUp: (letter) => void putDeadLetter(letters, letter),
  })
  webhook.send({ kind: 'key_expiring', atMs: 5, tenantId: 'acme', figures: {} })
  await clock.advanceAsync(3_600_000)
  expect(deadLettersOn(letters)).toMatchObject([{ kind: 'key_expiring', tries: triesMax }])
  for (let nth = 0; nth < deadLettersMax; nth++) {
    await putDeadLetter(letters, { id: `l${nth}`, kind: 'call_ended', atMs: 10 + nth, tries: 8 })
  }
  const kept = deadLettersOn(letters)
  expect(kept).toHaveLength(deadLettersMax)
  expect(kept[0]?.id).toBe('l0')
})

test('however many gates put up letters at once, only so many stay', async () => {
  const letters = board()
  const put = (nth: number) =>
    putDeadLetter(letters, { id: `l${nth}`, kind: 'call_ended', atMs: nth, tries: 8 })
  await Promise.all(Array.from({ length: 3 * deadLettersMax }, (_, nth) => put(nth)))
  await put(3 * deadLettersMax)
  const kept = deadLettersOn(letters)
  expect(kept).toHaveLength(deadLettersMax)
  expect(kept.at(-1)?.id).toBe(`l${3 * deadLettersMax}`)
})
