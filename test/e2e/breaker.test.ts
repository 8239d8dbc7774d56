import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { runCli } from '../../src/cli/run.ts'
import { startTestGate } from '../support/gate.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp } from '../support/sipp.ts'
import { startingWith } from '../support/sipp-log.ts'

judgeTraffic()

const timeout = 90_000
const webhookSecret = 'shared-with-the-receiver'

/** Whoever is told: keeps what is signed rightly. */
async function startReceiver() {
  const told: { readonly kind: string; readonly keyId?: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const moment = request.headers['tollgate-timestamp']
    const right = createHmac('sha256', webhookSecret).update(`${moment}.${body}`).digest('hex')
    const isRight = request.headers['tollgate-signature'] === `v1=${right}`
    if (isRight) told.push(JSON.parse(body))
    response.writeHead(isRight ? 204 : 401).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { told, url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}

test('a key that dials like mad is cut off, its owner is told, and a person lets it call again', {
  timeout,
}, async () => {
  const receiver = await startReceiver()
  await using stack = new AsyncDisposableStack()
  stack.defer(() => void receiver.close())
  const settings = { alerts: { webhookUrl: receiver.url, webhookSecret } }
  const gate = stack.use(await startTestGate({ settings }))
  const keys = { apikey: gate.keys.fused, caller: ownNumber, reason: 'breaker_open' }
  const call = { remotePort: gate.sipPort, called: '+14155550404', keys }

  const flood = await runSipp({ ...call, scenario: 'uac-hears-404', calls: 60, rate: 30 })
  expect(flood.successful).toBeGreaterThanOrEqual(5)
  expect(flood.failed).toBeGreaterThan(0)
  const refused = startingWith(flood.messages, 'SIP/2.0 480')
  expect(refused.length).toBeGreaterThan(0)
  for (const { text } of refused) expect(text).toMatch(/^retry-after: \d+\r$/im)
  const again = await runSipp({ ...call, scenario: 'uac-refused-480', called: callable })
  expect(again.successful, again.errors).toBe(1)
  await expect.poll(() => receiver.told.map(({ kind }) => kind)).toContain('breaker_opened')
  const id = gate.keys.fused.split('_')[2]
  expect(receiver.told.every(({ keyId }) => keyId === id)).toBe(true)

  const terminal = { out: () => undefined, err: () => undefined }
  const close = ['breaker', 'close', `key:${id}`, '--config', gate.configFile]
  expect(await runCli(close, terminal)).toBe(0)
  await expect
    .poll(async () => (await runSipp({ ...call, scenario: 'uac-hears-404' })).successful, {
      timeout: 10_000,
    })
    .toBe(1)
})
