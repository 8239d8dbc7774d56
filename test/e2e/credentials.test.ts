import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallToken } from '../../src/domain/call-token.ts'
import type { KeyId } from '../../src/domain/key.ts'
import { createCallTokens } from '../../src/identity/call-tokens.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, startSipp } from '../support/sipp.ts'
import { headerValues, startingWith } from '../support/sipp-log.ts'

judgeTraffic()

const timeout = 60_000
const masterKey = randomBytes(32)
const clock = systemClock()
let gate: TestGate

beforeAll(async () => {
  gate = await startTestGate({ masterKey })
})
afterAll(() => gate[Symbol.asyncDispose]())

const keyId = () => gate.keys.good.split('_')[2] ?? ''

interface Caller {
  readonly scenario: string
  readonly apikey?: string
  readonly reason?: string
  readonly extra?: readonly string[]
}

/** Plays a caller against an answering carrier; gives what either has seen. */
async function play({ scenario, apikey = '', reason = '', extra = [] }: Caller) {
  const port = gate.carrierPorts[0] ?? 0
  await using carrier = await startSipp({ scenario: 'uas-answer', port })
  const caller = await runSipp({
    scenario,
    remotePort: gate.sipPort,
    called: callable,
    holdMs: 100,
    extra,
    keys: { apikey, caller: ownNumber, reason },
  })
  return {
    caller,
    carrier: caller.successful === 1 && !reason ? await carrier.done : await carrier.stop(),
  }
}

function digest(password: string) {
  const uri = `${callable}@127.0.0.1:${gate.sipPort}`
  return ['-au', keyId(), '-ap', password, '-auth_uri', uri]
}

test('a phone that answers the challenge is carried, and the carrier sees nothing of it', {
  timeout,
}, async () => {
  const { caller, carrier } = await play({ scenario: 'uac-digest', extra: digest(gate.keys.good) })
  expect(caller.successful, caller.errors).toBe(1)
  const [challenge] = startingWith(caller.messages, 'SIP/2.0 401')
  expect(headerValues(challenge?.text ?? '', 'WWW-Authenticate')).toEqual([
    expect.stringMatching(
      /^Digest realm="tollgate", nonce="[\w-]{43}", algorithm=MD5, qop="auth"$/,
    ),
  ])
  const received = carrier.messages.filter(({ sent }) => !sent)
  expect(received.length).toBeGreaterThan(0)
  for (const { text } of received) expect(text).not.toMatch(/authoriz|digest|nonce/i)
  await gate.idle()
})

test('a phone with a wrong password is refused', { timeout }, async () => {
  const { caller, carrier } = await play({ scenario: 'uac-digest', extra: digest('wrong') })
  expect(caller.failed).toBe(1)
  const [refused] = startingWith(caller.messages, 'SIP/2.0 403')
  expect(headerValues(refused?.text ?? '', 'Reason')).toEqual([
    'SIP;cause=403;text="credentials_invalid"',
  ])
  expect(carrier.messages).toEqual([])
})

test('a call token is carried and never leaves; one for another number is refused', {
  timeout,
}, async () => {
  const tokens = createCallTokens({ key: new MasterKey(masterKey).derive('token'), clock })
  const token: CallToken = {
    id: createHash('sha256').update('one').digest('hex'),
    keyId: keyId() as KeyId,
    expiresAtMs: clock.now() + 60_000,
    callee: callable,
  }
  const apikey = (await tokens.issue(token)).reveal()
  const { caller, carrier } = await play({ scenario: 'uac-token', apikey })
  expect(caller.successful, caller.errors).toBe(1)
  for (const { text } of carrier.messages) expect(text).not.toContain(apikey.slice(0, 20))
  const other = (await tokens.issue({ ...token, callee: '+14155552672' })).reveal()
  const refused = await play({
    scenario: 'uac-token',
    apikey: other,
    reason: 'credentials_invalid',
  })
  expect(startingWith(refused.caller.messages, 'SIP/2.0 403')).toHaveLength(1)
  expect(gate.output()).not.toContain(apikey)
})
