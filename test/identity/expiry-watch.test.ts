import { expect, test } from 'vitest'
import type { Alert } from '../../src/domain/alert.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { type CertificateEnd, watchExpiry } from '../../src/identity/expiry-watch.ts'
import { FakeClock } from '../support/fake-clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

function watched(ends: (nowMs: number) => CertificateEnd[]) {
  const clock = new FakeClock()
  const raised: Alert[] = []
  const alerts = { raise: (alert: Alert) => void raised.push(alert) }
  let current = ends(clock.now())
  const watch = watchExpiry({ clock, alerts, ends: () => current })
  return {
    clock,
    watch,
    replace: (next: CertificateEnd[]) => {
      current = next
    },
    /** What was told since last asked. */
    told: () => raised.splice(0).map(({ tenantId, figures }) => [tenantId, figures.daysLeft]),
    raised,
  }
}

test('people are told 30, 7 and 1 day before the end, each once', () => {
  const { clock, told } = watched((nowMs) => [{ use: 'signing', notAfterMs: nowMs + 40 * dayMs }])
  expect(told()).toEqual([])
  const days: unknown[] = []
  for (let hour = 0; hour < 41 * 24; hour++) {
    clock.advance(hourMs)
    days.push(...told())
  }
  expect(days).toEqual([
    [undefined, 30],
    [undefined, 7],
    [undefined, 1],
  ])
})

test('one that is nearly over at the start is told of at once, and once', () => {
  const { clock, told, raised } = watched((nowMs) => [
    { use: 'https', notAfterMs: nowMs + 2 * dayMs },
  ])
  expect(raised[0]).toEqual({
    kind: 'certificate_expiring',
    atMs: clock.now(),
    tenantId: undefined,
    figures: { use: 'https', daysLeft: 2, notAfter: '2026-01-07T12:00:00.000Z' },
  })
  told()
  clock.advance(hourMs)
  expect(told()).toEqual([])
})

test("each tenant's own is watched, and a new one afresh", () => {
  const tenantId = 'acme' as TenantId
  const { clock, told, replace } = watched((nowMs) => [
    { use: 'signing', notAfterMs: nowMs + 300 * dayMs },
    { use: 'signing', tenantId, notAfterMs: nowMs + 7 * dayMs },
  ])
  expect(told()).toEqual([['acme', 7]])
  replace([{ use: 'signing', tenantId, notAfterMs: clock.now() + 6 * dayMs }])
  clock.advance(hourMs)
  expect(told()).toEqual([['acme', 5]])
})

test('nobody is told any more when the watch is over', () => {
  const { clock, told, watch } = watched((nowMs) => [
    { use: 'signing', notAfterMs: nowMs + 31 * dayMs },
  ])
  watch[Symbol.dispose]()
  clock.advance(40 * dayMs)
  expect(told()).toEqual([])
})
