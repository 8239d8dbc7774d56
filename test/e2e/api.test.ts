import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkEvidence } from '../../src/evidence/check.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp } from '../support/sipp.ts'

judgeTraffic()

const timeout = 60_000
const operator = mintKey(systemRandom(), 'live')
let gate: TestGate
let url: string

beforeAll(async () => {
  const port = await keepPort()
  url = `http://127.0.0.1:${port}`
  const { id, secretHash: hash } = operator
  const secretHash = `sha256:${hash.toString('hex')}`
  gate = await startTestGate({
    settings: {
      api: { listen: `http/127.0.0.1:${port}` },
      operators: [{ id, secretHash, allowedSources: ['127.0.0.0/8'] }],
    },
  })
})

afterAll(() => gate[Symbol.asyncDispose]())

async function ask(key: string, path: string) {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })
  const body = (await answer.json()) as { readonly items?: readonly unknown[] }
  return { status: answer.status, body }
}

async function call(scenario: string, apikey: string, reason: string) {
  const caller = await runSipp({
    scenario,
    called: callable,
    remotePort: gate.sipPort,
    holdMs: 200,
    keys: { apikey, caller: ownNumber, reason },
  })
  expect({ successful: caller.successful, failed: caller.failed }, caller.errors).toEqual({
    successful: 1,
    failed: 0,
  })
}

test('one key places calls and reads no logs, the other reads logs and places none', {
  timeout,
}, async () => {
  const { tester: sales, reader: support } = gate.keys
  await call('uac-call', sales, 'none')
  expect(await ask(sales, '/v1/calls')).toMatchObject({
    status: 403,
    body: { type: 'urn:tollgate:problem:scope_denied' },
  })
  await call('uac-refused-403', support, 'scope_denied')
  const logs = () => ask(support, '/v1/calls')
  await expect.poll(async () => (await logs()).body.items?.length, { timeout: 20_000 }).toBe(2)
  expect((await logs()).body.items).toMatchObject([
    { admitted: false, reason: 'scope_denied', called: callable },
    { admitted: true, mode: 'test', called: callable },
  ])
  await gate.idle()
})

test('the operator has the evidence of a call, and its key is nobody on SIP', {
  timeout,
}, async () => {
  const key = operator.text.reveal()
  await call('uac-refused-403', key, 'credentials_invalid')
  const calls = async () => (await ask(key, '/v1/calls?decision=admitted')).body.items ?? []
  await expect.poll(async () => (await calls()).length, { timeout: 20_000 }).toBe(1)
  const [{ callId }] = (await calls()) as [{ callId: string }]
  const headers = { authorization: `Bearer ${key}` }
  const file = await fetch(`${url}/v1/audit/calls/${callId}/evidence`, { headers })
  const checked = checkEvidence(Buffer.from(await file.arrayBuffer()), {})
  expect(checked).toMatchObject({ evidence: { callId } })
  expect(JSON.stringify(checked)).toContain('call.ended')
  // Many requests over one connection leave nothing behind on it.
  for (let at = 0; at < 20; at++) await ask(key, '/v1/keys')
  expect(gate.output()).not.toContain('leak')
})

test('what is not HTTP gets a problem or nothing, and the gate goes on', { timeout }, async () => {
  const port = Number(new URL(url).port)
  const said = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('INVITE sip:x SIP/2.0\r\n\r\n'))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
  })
  expect(said).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s)
  expect((await fetch(`${url}/v1/health/ready`)).status).toBe(200)
})
