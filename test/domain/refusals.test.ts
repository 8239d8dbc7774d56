import { expect, test } from 'vitest'
import {
  choosableStatuses,
  fixedReasons,
  maySayWhen,
  type Refusal,
  reasons,
  refusals,
  refusalsWith,
} from '../../src/domain/refusals.ts'

/** RFC 3261 20.33. */
const retryAfterAllowed = [404, 413, 480, 486, 500, 503, 600, 603]
const rows = reasons.map((reason): [string, Refusal] => [reason, refusals[reason]])

test.each(rows)('%s is an answer that SIP and HTTP know', (reason, refusal) => {
  expect(reason).toMatch(/^[a-z]+(_[a-z]+)+$/)
  expect(refusal.status).toBeGreaterThanOrEqual(400)
  expect(refusal.status).toBeLessThan(700)
  expect(refusal.httpStatus).toBeGreaterThanOrEqual(400)
  expect(refusal.httpStatus).toBeLessThan(600)
  expect(refusal.phrase).toMatch(/^[A-Z][A-Za-z0-9 ]+$/)
  expect(refusal.help).toMatch(/^[A-Z][^|]*\.$/)
})

test.each(rows)('%s has Retry-After only where RFC 3261 allows it', (_, refusal) => {
  if (maySayWhen(refusal)) expect(retryAfterAllowed).toContain(refusal.status)
})

test('no answer that can be chosen has Retry-After where it may not, nor a limit with 503', () => {
  for (const reason of reasons.filter((one) => !fixedReasons.has(one))) {
    for (const status of choosableStatuses) {
      const refusal = refusalsWith([{ reason, status }])[reason]
      expect(refusal.phrase).toBe(refusals[reason].phrase)
      if (maySayWhen(refusal)) expect(retryAfterAllowed).toContain(status)
      if (status === 503) expect(maySayWhen(refusal)).toBe(refusal.retryAfter === 'random')
    }
  }
})

test('only the gate’s own state is a 503, and no limit is the 429 of another RFC', () => {
  for (const [reason, { status, retryAfter }] of rows) {
    expect(status).not.toBe(429)
    expect([reason, status === 503]).toEqual([reason, retryAfter === 'random'])
  }
})

test('no two causes share status and phrase, but for those that shall not be told apart', () => {
  const seen = new Map<string, string>()
  for (const [reason, { status, phrase }] of rows) {
    if (reason === 'credentials_invalid') continue
    const answer = `${status} ${phrase}`
    expect([reason, seen.get(answer)]).toEqual([reason, undefined])
    seen.set(answer, reason)
  }
})

test('no refusal of ours is a word of the callee, or of its provider’s analytics (ATIS-1000099)', () => {
  // RFC 8197 4, 8688 3.1: 607 and 608 are not for who stands before a carrier; nor is 603+.
  expect(reasons.filter((reason) => refusals[reason].status >= 600)).toEqual([])
})
