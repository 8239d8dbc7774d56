import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { openedEvents } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp } from '../support/sipp.ts'

judgeTraffic()

const timeout = 60_000
const answerTimeoutMs = 3_000
const repeatMs = 500
const settings = { guard: { failuresMax: 3, delayMaxMs: 100 } }
/** The carriers of the tests are at 127.0.0.1, and where calls go out to is never banned. */
const elsewhere = '127.0.0.2'

let calls = 0

/** The final status that an INVITE from elsewhere hears, 0 where nobody answers at all. */
function invite(gate: TestGate, key: string, userAgent = 'phone'): Promise<number> {
  const more = [`X-API-Key: ${key}`, `User-Agent: ${userAgent}`]
  return ask(gate, { method: 'INVITE', more, leastStatus: 200 })
}

interface Question {
  readonly method: string
  readonly more: readonly string[]
  /** Answers below it are not waited for. */
  readonly leastStatus: number
}

async function ask(gate: TestGate, { method, more, leastStatus }: Question): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, elsewhere)
  await once(socket, 'listening')
  const { port } = socket.address()
  const id = `guard-${calls++}`
  const lines = [
    `${method} sip:${callable}@127.0.0.1:${gate.sipPort} SIP/2.0`,
    `Via: SIP/2.0/UDP ${elsewhere}:${port};branch=z9hG4bK-${id}`,
    ...[`From: <sip:${ownNumber}@${elsewhere}>;tag=1`, `To: <sip:${callable}@127.0.0.1>`],
    ...[`Call-ID: ${id}`, `CSeq: 1 ${method}`, `Contact: <sip:a@${elsewhere}:${port}>`],
    ...['Max-Forwards: 70', ...more, 'Content-Length: 0', '', ''],
  ]
  const heard = new Promise<number>((resolve) => {
    socket.on('message', (message) => {
      const status = Number(message.toString('latin1', 8, 11))
      if (status >= leastStatus) resolve(status)
    })
  })
  const send = () => socket.send(lines.join('\r\n'), gate.sipPort, '127.0.0.1')
  send()
  // RFC 3261 17.1.1.2: a datagram may get lost, or be one too many at the moment.
  const repeating = setInterval(send, repeatMs)
  const status = await Promise.race([heard, delay(answerTimeoutMs, 0)])
  clearInterval(repeating)
  socket.close()
  return status
}

async function alertsOf(gate: TestGate) {
  return (await openedEvents(gate.auditDir)).filter(({ type }) => type === 'alert.raised')
}

test.concurrent('who guesses keys is refused until the guess that bans, which hears nothing, and that is on record once', {
  timeout,
}, async () => {
  await using gate = await startTestGate({ settings })
  for (let count = 0; count < 2; count++) expect(await invite(gate, gate.unknownKey)).toBe(403)
  expect(await invite(gate, gate.unknownKey)).toBe(0)
  expect(await invite(gate, gate.keys.tester)).toBe(0)
  expect(await alertsOf(gate)).toMatchObject([
    { kind: 'source_banned', figures: { source: elsewhere, why: 'bad_credentials' } },
  ])
  await gate.idle()
})

test.concurrent.each(['INVITE', 'OPTIONS', 'REGISTER'])(
  'a scanner hears nothing, neither to its first %s nor to what follows',
  {
    timeout,
  },
  async (method) => {
    await using gate = await startTestGate()
    // Long enough to have paid for a 100.
    const more = ['User-Agent: friendly-scanner', `X-Padding: ${'x'.repeat(600)}`]
    expect(await ask(gate, { method, more, leastStatus: 100 })).toBe(0)
    expect(await invite(gate, gate.keys.tester)).toBe(0)
    expect(await alertsOf(gate)).toMatchObject([
      { kind: 'source_banned', figures: { source: elsewhere, why: 'scanner' } },
    ])
    await gate.idle()
  },
)

test.concurrent('where a key is in use nobody is banned, however many bad ones come from there', {
  timeout,
}, async () => {
  await using gate = await startTestGate({ settings })
  const proven = await invite(gate, gate.keys.expired)
  expect(proven).toBe(403)
  for (let count = 0; count < 8; count++) expect(await invite(gate, gate.unknownKey)).toBe(403)
  expect(await alertsOf(gate)).toEqual([])
})

test.concurrent('an address that calls go out to is never banned', { timeout }, async () => {
  await using gate = await startTestGate({ settings })
  const guesses = await runSipp({
    scenario: 'uac-refused-403',
    remotePort: gate.sipPort,
    called: callable,
    calls: 8,
    keys: { apikey: gate.unknownKey, caller: ownNumber, reason: 'credentials_invalid' },
  })
  expect(guesses.successful, guesses.errors).toBe(8)
  expect(await alertsOf(gate)).toEqual([])
})
