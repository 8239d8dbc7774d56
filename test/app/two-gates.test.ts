import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Gate, startGate } from '../../src/app.ts'
import { readEntries } from '../../src/audit/read.ts'
import { readSettings } from '../../src/config/load.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { openBooks, storeOptions } from '../../src/store/open.ts'
import { runCommandLine } from '../support/command-line.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { type Got, sdp, UaCall, UdpUa } from '../support/udp-ua.ts'

const logger = silentLogger
/** Calls that run on both gates together. */
const callsTogether = 100
/** From the moment that the command line says so. */
const withinMs = 1_000
const key = mintKey(systemRandom(), 'test')
let folder = ''
let redis: TestRedis
let ua: UdpUa

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-gates-'))
  redis = await startRedis()
  ua = await UdpUa.open()
})

afterEach(async () => {
  ua.close()
  await redis[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function textOf(gate: string, concurrentMax = 1): string {
  return `
engine: { listen: [udp/127.0.0.1:0] }
store: { adapter: redis, path: ${folder}/${gate}.sqlite }
audit: { dir: ${folder}/audit-${gate} }
identity: { certificateDir: ${folder}/identity, port: 0 }
tenants: [{ id: acme }]
numbers: [{ tenant: acme, number: "+12125550100" }]
policies: [{ id: one, regions: [US], homeRegion: US, limits: { concurrentMax: ${concurrentMax} } }]
keys: [{ id: "${key.id}", tenant: acme, policy: one, mode: test, allowedSources: [127.0.0.1/32], secretHash: "sha256:${key.secretHash.toString('hex')}" }]
`
}

function settingsOf(gate: string, concurrentMax = 1) {
  const text = textOf(gate, concurrentMax)
  const environment = { TOLLGATE_REDIS_URL: redis.url.reveal() }
  const result = readSettings({ text, environment })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.settings
}

function call(gate: Gate): UaCall {
  const placed = new UaCall(ua, gate.listening[0]?.port ?? 0, '+14155552671')
  placed.user = '+12125550100'
  placed.invite({ headers: [`X-API-Key: ${key.text.reveal()}`], body: sdp })
  return placed
}

function answer(to: UaCall): Promise<Got> {
  return ua.next(
    'a final response',
    ({ status, message }) => status >= 200 && message.first('call-id') === to.callId,
  )
}

async function refusal(gate: Gate): Promise<string> {
  const refused = call(gate)
  const final = await answer(refused)
  refused.ackFailure(final)
  return `${final.status} ${final.message.first('reason')}`
}

/** Calls until the key is refused as revoked and `goOn` says no more; gives what was said last. */
async function keepCalling(gate: Gate, goOn: () => boolean): Promise<string> {
  for (;;) {
    const said = await refusal(gate)
    if (!goOn() && said.includes('key_revoked')) return said
  }
}

/** However long the first one takes. */
async function answerByes(count: number): Promise<void> {
  for (let answered = 0; answered < count; ) {
    const bye = await ua.request('BYE').catch(() => undefined)
    if (!bye) continue
    ua.respond(bye, 200)
    answered++
  }
}

/** Gives the moment at which the command line says that it is done. */
async function revokeKey(): Promise<number> {
  const config = join(folder, 'cli.yaml')
  await writeFile(config, textOf('cli'))
  const environment = { TOLLGATE_REDIS_URL: redis.url.reveal() }
  return runCommandLine(['keys', 'revoke', key.id, '--config', config], environment)
}

test('two gates on one Redis count together, and a key revoked elsewhere ends its calls on both', async () => {
  await using one = await startGate(settingsOf('one'), { logger })
  await using other = await startGate(settingsOf('other'), { logger })
  const running = call(one)
  running.ack(await answer(running))
  expect(await refusal(other)).toContain('text="concurrency_exceeded (key, concurrency)"')

  const { values, directory } = settingsOf('cli')
  const around = { clock: systemClock(), random: systemRandom(), logger, directory }
  await using books = await openBooks(storeOptions(values, around))
  const beganMs = performance.now()
  await books.keys.changeKey(key.id, { status: 'revoked' })
  const bye = await ua.request('BYE')
  expect(performance.now() - beganMs).toBeLessThan(1_000)
  expect(bye.message.first('reason')).toContain('key_revoked')
  ua.respond(bye, 200)
  for (const gate of [one, other]) expect(await refusal(gate)).toContain('key_revoked')
})

test('a key revoked while two gates run a hundred calls ends all in a second and takes no more', {
  timeout: 60_000,
}, async () => {
  const names = ['one', 'other']
  await using one = await startGate(settingsOf('one', callsTogether), { logger })
  await using other = await startGate(settingsOf('other', callsTogether), { logger })
  const placed = Array.from({ length: callsTogether }, (_, at) => call(at % 2 ? one : other))
  await Promise.all(placed.map(async (running) => running.ack(await answer(running))))
  expect([one.running, other.running]).toEqual([callsTogether / 2, callsTogether / 2])

  // Others keep calling with the key on both gates, before, while and after it is revoked.
  let saidAtMs: number | undefined
  const triedUntil = (gate: Gate) => keepCalling(gate, () => saidAtMs === undefined)
  const tried = [one, other].map(triedUntil)
  const ending = answerByes(callsTogether)
  saidAtMs = await revokeKey()
  const lastRefusals = await Promise.all(tried)
  for (const said of lastRefusals) expect(said).toContain('key_revoked')
  await ending
  await expect.poll(() => one.running + other.running, { timeout: 20_000 }).toBe(0)

  for (const name of names) {
    let ended = 0
    for await (const { atMs, event } of readEntries(join(folder, `audit-${name}`))) {
      if (event.type === 'call.decided' && event.admitted) {
        expect(atMs - saidAtMs).toBeLessThan(withinMs)
      }
      if (event.type !== 'call.ended') continue
      ended++
      expect(event.cause).toBe('key_revoked')
      expect(atMs - saidAtMs).toBeLessThan(withinMs)
    }
    expect(ended).toBe(callsTogether / 2)
  }
})

test('a gate that loses Redis refuses with 503, keeps its calls, and admits again when it is back', async () => {
  await using gate = await startGate(settingsOf('one'), { logger })
  const running = call(gate)
  running.ack(await answer(running))
  await redis.kill()
  expect(await refusal(gate)).toMatch(/^503 .*store_unavailable/)
  expect(gate.running).toBe(1)
  await redis.restart()
  for (;;) {
    const said = await refusal(gate)
    if (!said.includes('store_unavailable')) {
      expect(said).toContain('concurrency_exceeded')
      break
    }
  }
  running.request('BYE')
  await ua.response(200, 'BYE')
})
