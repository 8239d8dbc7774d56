import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { CallMetrics, gatewaysMax } from '../../src/app/metrics/call-metrics.ts'
import { watchedLog } from '../../src/app/metrics/watched.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { metricRows } from '../../src/domain/metrics.ts'
import { Meters } from '../../src/kernel/metrics.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { logOf } from '../support/log-of.ts'

function counting() {
  const clock = new FakeClock()
  const meters = new Meters(metricRows, { engine: 'embedded' })
  const calls = new CallMetrics(meters, clock)
  const take = (...events: object[]) => {
    for (const event of events) calls.take(event as AuditEvent)
  }
  const lines = async (name: string) =>
    (await meters.text()).split('\n').filter((line) => line.startsWith(name))
  return { clock, meters, take, lines }
}

const at = { callId: 'c1', carrierId: 'alpha', gatewayId: 'one' }

test('a decision counts under its reason and direction, with the engine', async () => {
  const { take, lines } = counting()
  take(
    { type: 'call.decided', callId: 'c1', direction: 'outbound', admitted: true },
    { type: 'call.decided', direction: 'inbound', admitted: false, reason: 'number_unknown' },
  )
  expect(await lines('tollgate_decisions_total')).toEqual([
    'tollgate_decisions_total{direction="outbound",reason="admitted",engine="embedded"} 1',
    'tollgate_decisions_total{direction="inbound",reason="number_unknown",engine="embedded"} 1',
  ])
})

test('each gateway has what came of it, and its times by carrier', async () => {
  const { clock, take, lines } = counting()
  take({ type: 'call.dialled', ...at })
  take({ type: 'call.attempt_failed', ...at, status: 503, cause: 'response' })
  take({ type: 'call.dialled', ...at, gatewayId: 'two' })
  clock.advance(1_500)
  take({ type: 'call.ringing', ...at, status: 180 }, { type: 'call.ringing', ...at, status: 183 })
  clock.advance(2_000)
  take({ type: 'call.answered', ...at, gatewayId: 'two' })
  take({ type: 'call.ended', ...at, endedBy: 'caller', cause: 'bye', durationMs: 61_000 })
  expect(await lines('tollgate_attempts_total')).toEqual([
    'tollgate_attempts_total{carrier="alpha",gateway="one",outcome="5xx",engine="embedded"} 1',
    'tollgate_attempts_total{carrier="alpha",gateway="two",outcome="answered",engine="embedded"} 1',
  ])
  const sums = await Promise.all(
    ['ring', 'answer', 'call'].map((what) => lines(`tollgate_${what}_seconds_sum`)),
  )
  expect(sums.flat().map((line) => line.split(' ')[1])).toEqual(['1.5', '3.5', '61'])
  expect(await lines('tollgate_ring_seconds_count')).toHaveLength(1)
})

test('no number of carriers or trunks makes more series than the bound', async () => {
  const { take, lines } = counting()
  for (let nth = 0; nth < gatewaysMax + 50; nth++) {
    const callId = `c${nth}`
    take({ type: 'call.dialled', callId, carrierId: 'alpha', gatewayId: `g${nth}` })
    take({ type: 'call.ended', callId, endedBy: 'caller', cause: 'cancelled', status: 487 })
    take({ type: 'call.dialled', callId, trunkId: `t${nth}`, gatewayId: `target${nth}` })
    take({ type: 'call.ended', callId, endedBy: 'callee', cause: 'rejected', status: 486 })
  }
  const found = await lines('tollgate_attempts_total')
  expect(found).toHaveLength(gatewaysMax + 2)
  expect(found).toContain(
    'tollgate_attempts_total{carrier="other",gateway="other",outcome="cancelled",engine="embedded"} 50',
  )
})

test('an event that cannot be kept counts as such and stays a failure', async () => {
  const { clock, meters, lines } = counting()
  const broken = logOf(() => Promise.reject(new Error('the disk is full')))
  const log = watchedLog({ meters, clock }, broken, () => undefined)
  await expect(log.append({ type: 'gate.stopped', cause: 'closed' })).rejects.toThrow('full')
  expect(await lines('tollgate_audit_failures_total')).toEqual([
    'tollgate_audit_failures_total{engine="embedded"} 1',
  ])
})

test('what cannot be told now is left out, and the rest is there', async () => {
  const { meters, lines } = counting()
  meters.onRead(() => Promise.reject(new Error('the store is lost')))
  meters.onRead(() => meters.set('tollgate_calls_running', {}, 7))
  expect(await lines('tollgate_calls_running')).toEqual([
    'tollgate_calls_running{engine="embedded"} 7',
  ])
})

/** Every name of a metric of ours in a text, without what Prometheus adds to a histogram's. */
function namesIn(text: string): string[] {
  const found = text.match(/\btollgate_[a-z_]+/g) ?? []
  return [...new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, '')))]
}

const monitoring = 'config/monitoring'

test('the dashboard and the alert rules name only metrics that there are', () => {
  const rules = readFileSync(`${monitoring}/alerts.yaml`, 'utf8')
  const dashboard = readFileSync(`${monitoring}/dashboard.json`, 'utf8')
  const known = Object.keys(metricRows)
  expect(namesIn(rules).length).toBeGreaterThan(10)
  expect(known).toEqual(expect.arrayContaining(namesIn(rules)))
  // Every metric can be seen somewhere.
  expect(namesIn(dashboard).sort()).toEqual(known.sort())
})

test('labels of the dashboard and the rules are labels of their metrics', () => {
  const text = ['alerts.yaml', 'dashboard.json']
    .map((file) => readFileSync(`${monitoring}/${file}`, 'utf8'))
    .join('\n')
  const uses = [...text.matchAll(/\b(tollgate_[a-z_]+)\{([^}]*)\}/g)]
  expect(uses.length).toBeGreaterThan(3)
  for (const [, name = '', inside = ''] of uses) {
    const row = metricRows[name.replace(/_(bucket|sum|count)$/, '') as keyof typeof metricRows]
    const labels = [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label)
    const known = [...row.labels, 'instance', 'job', 'engine']
    expect(known, name).toEqual(expect.arrayContaining(labels))
  }
})

test('each rule tells what to do, and each panel has its question', () => {
  const { groups } = parse(readFileSync(`${monitoring}/alerts.yaml`, 'utf8'))
  for (const { rules } of groups) {
    for (const { alert, expr, labels, annotations } of rules) {
      expect({ alert, expr }).toEqual({ alert: expect.any(String), expr: expect.any(String) })
      expect(['page', 'ticket']).toContain(labels.severity)
      expect(annotations.summary).toMatch(/\.$/)
      expect(annotations.action, alert).toMatch(/\.$/)
    }
  }
  const { panels } = JSON.parse(readFileSync(`${monitoring}/dashboard.json`, 'utf8'))
  for (const { title, targets } of panels) {
    expect(title).toMatch(/\w/)
    expect(targets.length).toBeGreaterThan(0)
  }
})
