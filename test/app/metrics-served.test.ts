import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGate } from '../../src/app.ts'
import { readSettings } from '../../src/config/load.ts'
import { silentLogger as logger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { sdp, UaCall, UdpUa } from '../support/udp-ua.ts'

const key = mintKey(systemRandom(), 'test')

function settingsIn(folder: string, metrics: string, more = '') {
  const text = `
engine: { listen: [udp/127.0.0.1:0] }
store: { path: ":memory:" }
audit: { dir: ${folder}/audit }
identity: { certificateDir: ${folder}/identity, port: 0 }
api: { listen: "http/127.0.0.1:0", metrics: ${metrics}, metricsTenantsMax: 1 }
tenants:
  - { id: acme, rateDeck: usual, limits: { budget: { currency: USD, perDayMicros: 10000000 } } }
  - { id: other, rateDeck: usual, limits: { budget: { currency: USD, perDayMicros: 10000000 } } }
rateDecks: [{ id: usual, file: config/demo/rates.csv }]
numbers: [{ tenant: acme, number: "+12125550100" }]
policies: [{ id: one, regions: [US], homeRegion: US }]
keys: [{ id: "${key.id}", tenant: acme, policy: one, mode: test, expiresAt: "2099-01-01T00:00:00Z", allowedSources: [127.0.0.1/32], secretHash: "sha256:${key.secretHash.toString('hex')}" }]
${more}`
  const result = readSettings({ text, environment: {} })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.settings
}

test('a gate shows its refused call, how it stands, and nobody by name beyond the bound', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-metrics-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  const gate = stack.use(await startGate(settingsIn(folder, 'loopback'), { logger }))
  const ua = await UdpUa.open()
  stack.defer(() => ua.close())
  const call = new UaCall(ua, gate.listening[0]?.port ?? 0, '+14155552671')
  call.user = '+12125550100'
  call.invite({ headers: [`X-API-Key: ${key.text.reveal()}x`], body: sdp })
  call.ackFailure(await ua.next('a final response', ({ status }) => status >= 300))
  const answer = await fetch(`${gate.apiUrl}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  const shown = (line: string) => expect(text).toMatch(new RegExp(`^${line}`, 'm'))
  shown('tollgate_decisions_total\\{direction="outbound",reason="[a-z_]+",engine="embedded"\\} 1')
  shown('tollgate_decision_seconds_count\\{engine="embedded"\\} 1')
  shown('tollgate_engine_connected\\{engine="embedded"\\} 1')
  shown('tollgate_engine_messages_total\\{outcome="messages",engine="embedded"\\} \\d')
  shown('tollgate_accepting\\{engine="embedded"\\} 1')
  shown('tollgate_budget_spent_ratio\\{tenant="acme",engine="embedded"\\} 0')
  shown('tollgate_key_expires_seconds\\{engine="embedded"\\} \\d{9}')
  shown('tollgate_certificate_expires_seconds\\{use="signing",engine="embedded"\\} \\d')
  shown('tollgate_event_loop_lag_seconds\\{quantile="0.99",engine="embedded"\\} \\d')
  expect(text).not.toContain('tenant="other"')
  for (const secret of [key.id, key.text.reveal(), '14155552671', '12125550100']) {
    expect(text).not.toContain(secret)
  }
})

test('without an operator key nobody reads them, unless the settings say so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-metrics-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  const gate = stack.use(await startGate(settingsIn(folder, 'operator'), { logger }))
  expect((await fetch(`${gate.apiUrl}/metrics`)).status).toBe(401)
})

test('a receiver hears of too many refusals', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-told-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  const told: string[] = []
  const receiver = createServer(async (request, response) => {
    for await (const part of request) told.push(String(JSON.parse(String(part)).kind))
    response.end()
  }).listen(0, '127.0.0.1')
  stack.defer(() => void receiver.close())
  await expect.poll(() => receiver.listening).toBe(true)
  const { port } = receiver.address() as AddressInfo
  const more = `alerts: { webhookUrl: "http://127.0.0.1:${port}/", webhookSecret: shared-with-the-receiver, refusalsPerMinuteMax: 1 }`
  const gate = stack.use(await startGate(settingsIn(folder, 'operator', more), { logger }))
  const ua = await UdpUa.open()
  stack.defer(() => ua.close())
  const call = (secret: string) => {
    const placed = new UaCall(ua, gate.listening[0]?.port ?? 0, '+14155552671')
    placed.user = '+12125550100'
    placed.invite({ headers: [`X-API-Key: ${secret}`], body: sdp })
    return placed
  }
  const final = () => ua.next('a final response', ({ status }) => status >= 200)
  for (const wrong of ['none', 'nothing']) call(wrong).ackFailure(await final())
  await expect.poll(() => told, { timeout: 5_000 }).toEqual(['refusals_many'])
})
