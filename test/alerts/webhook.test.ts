import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createAlerts } from '../../src/alerts/alerts.ts'
import { httpPost } from '../../src/alerts/post.ts'
import { atOnceMax, type Post, queueMax, triesMax, Webhook } from '../../src/alerts/webhook.ts'
import type { Alert } from '../../src/domain/alert.ts'
import { type Logger, silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { FakeClock } from '../support/fake-clock.ts'

const alert: Alert = { kind: 'breaker_opened', atMs: 1, keyId: 'k', figures: { level: 'key' } }
const secret = new Secret('shared')

function world(answers: (number | Error)[], logger: Logger = silentLogger) {
  const clock = new FakeClock()
  const sent: Parameters<Post>[0][] = []
  const webhook = new Webhook({
    url: 'https://x',
    secret,
    clock,
    random: systemRandom(),
    logger,
    post: async (request) => {
      sent.push(request)
      const answer = answers.shift() ?? 200
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  return { clock, sent, webhook }
}

test('an alert is signed with its moment, so that the receiver knows whose it is and how old', async () => {
  const { clock, sent, webhook } = world([])
  webhook.send(alert)
  await clock.advanceAsync(0)
  const { headers = {}, body = '' } = sent[0] ?? {}
  const moment = headers['tollgate-timestamp']
  expect(Number(moment)).toBe(Math.floor(clock.now() / 1000))
  const right = createHmac('sha256', 'shared').update(`${moment}.${body}`).digest('hex')
  expect(headers['tollgate-signature']).toBe(`v1=${right}`)
  expect(JSON.parse(body)).toEqual({ id: headers['tollgate-alert-id'], ...alert })
})

test('an alert that is not taken is told again with growing pauses, under the same id', async () => {
  const { clock, sent, webhook } = world([new Error('down'), 500, 302])
  webhook.send(alert)
  await clock.advanceAsync(999)
  expect(sent.length).toBeLessThanOrEqual(2)
  await clock.advanceAsync(10_000)
  expect(sent).toHaveLength(4)
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1)
  expect(webhook.counts).toEqual({ waiting: 0, dropped: 0 })
})

test('the log says what an alert failed of', async () => {
  const warned: unknown[] = []
  const logger = { ...silentLogger, warn: (fields: object) => warned.push(fields) } as Logger
  const cause = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }
  const { clock, webhook } = world([new TypeError('fetch failed', { cause })], logger)
  webhook.send(alert)
  await clock.advanceAsync(0)
  expect(warned).toMatchObject([{ cause: cause.code }])
})

/** A receiver that takes everything but what is about these keys. */
function receiver(refused: readonly string[], answerMs = 0) {
  const clock = new FakeClock()
  const told: string[] = []
  const tried: string[] = []
  const most = { now: 0, ever: 0 }
  const webhook = new Webhook({
    url: 'https://x',
    secret,
    clock,
    random: systemRandom(),
    logger: silentLogger,
    post: async ({ body }) => {
      const { keyId, figures } = JSON.parse(body)
      tried.push(keyId)
      most.now += 1
      most.ever = Math.max(most.ever, most.now)
      if (answerMs > 0) await new Promise<void>((resolve) => clock.after(answerMs, resolve))
      most.now -= 1
      if (refused.includes(keyId)) return 503
      told.push(`${keyId} ${figures.nth}`)
      return 200
    },
  })
  const send = (keyId: string, nth: number) => webhook.send({ ...alert, keyId, figures: { nth } })
  return { clock, told, tried, most, webhook, send }
}

test('an alert that is never taken is given up, and no other waits for it', async () => {
  const { clock, told, tried, webhook, send } = receiver(['bad'])
  send('bad', 1)
  send('good', 1)
  await clock.advanceAsync(100)
  expect(told).toEqual(['good 1'])
  send('bad', 2)
  await clock.advanceAsync(3_600_000)
  expect(tried.filter((id) => id === 'bad')).toHaveLength(2 * triesMax)
  expect(webhook.counts).toEqual({ waiting: 0, dropped: 2 })
})

test('what is about one key is told in order, however often the first of it has to be told', async () => {
  const refused = ['k']
  const { clock, told, send } = receiver(refused)
  for (const nth of [1, 2, 3]) send('k', nth)
  await clock.advanceAsync(2_000)
  expect(told).toEqual([])
  refused.length = 0
  await clock.advanceAsync(60_000)
  expect(told).toEqual(['k 1', 'k 2', 'k 3'])
})

test('a slow receiver is told several at once, and one alone after it has failed', async () => {
  const refused: string[] = []
  const { clock, told, most, send } = receiver(refused, 1_000)
  for (let nth = 0; nth < 3 * atOnceMax; nth++) send(`key-${nth}`, nth)
  await clock.advanceAsync(3_100)
  expect([told.length, most.ever]).toEqual([3 * atOnceMax, atOnceMax])
  refused.push('down')
  send('down', 0)
  await clock.advanceAsync(1_001)
  most.ever = 0
  for (let nth = 0; nth < 2; nth++) send(`next-${nth}`, nth)
  await clock.advanceAsync(900)
  expect(most.ever).toBe(1)
})

test('the queue is bounded: the oldest is dropped', async () => {
  const { sent, webhook } = world(Array(10).fill(503))
  for (let count = 0; count < queueMax + 11; count++) webhook.send(alert)
  expect(webhook.counts).toEqual({ waiting: queueMax, dropped: 10 })
  expect(sent).toHaveLength(1)
})

test('after its end nothing is told and nothing waits', async () => {
  const { clock, sent, webhook } = world(Array(10).fill(503))
  webhook.send(alert)
  await clock.advanceAsync(0)
  webhook[Symbol.dispose]()
  webhook.send(alert)
  await clock.advanceAsync(3_600_000)
  expect(sent).toHaveLength(1)
  expect(clock.pendingCount).toBe(0)
})

test('it is posted over HTTP, and no redirection is followed', async () => {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers['tollgate-signature']}`)
    const moved = request.url === '/moved'
    response.writeHead(moved ? 307 : 204, moved ? { location: '/elsewhere' } : {}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const request = { headers: { 'tollgate-signature': 'v1=a' }, body: '{}', timeoutMs: 5000 }
  expect(await httpPost({ ...request, url: `http://127.0.0.1:${port}/here` })).toBe(204)
  await expect(httpPost({ ...request, url: `http://127.0.0.1:${port}/moved` })).rejects.toThrow()
  expect(heard).toEqual(['POST /here v1=a', 'POST /moved v1=a'])
  server.close()
})

test('an alert is recorded and told; a record that fails stops nothing', () => {
  const told: Alert[] = []
  const webhook = { send: (one: Alert) => told.push(one) }
  const record = () => Promise.reject(new Error('disk full'))
  createAlerts({ logger: silentLogger, record, webhook }).raise(alert)
  expect(told).toEqual([alert])
})
