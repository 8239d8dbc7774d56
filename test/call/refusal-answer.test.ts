import { expect, test } from 'vitest'
import { preflight } from '../../src/call/preflight.ts'
import { nodeRetryMaxS, type RefusalInput, refusalAnswer } from '../../src/call/refusal-answer.ts'
import {
  maySayWhen,
  type Refusal,
  reasons,
  refusals,
  refusalsWith,
} from '../../src/domain/refusals.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { countedRandom } from '../support/counted-random.ts'

test.each(reasons)(
  '%s is answered as the catalogue says, its id in the Reason header',
  (reason) => {
    const refusal: Refusal = refusals[reason]
    const { status, phrase, retryAfter } = refusal
    const random = systemRandom()
    const answer = refusalAnswer({ reason, catalogue: refusals, retryAfterS: 7, random })
    expect(answer).toMatchObject({ status, phrase, body: '' })
    const frees = retryAfter === 'given' && !maySayWhen(refusal) ? ';frees-in=7' : ''
    expect(answer.headers.Reason).toBe(`SIP;cause=${status};text="${reason}"${frees}`)
    const wait = answer.headers['Retry-After']
    if (!maySayWhen(refusal)) expect(wait).toBeUndefined()
    else if (retryAfter === 'given') expect(wait).toBe('7')
    if (retryAfter === 'random') {
      expect(Number(wait)).toBeGreaterThanOrEqual(1)
      expect(Number(wait)).toBeLessThanOrEqual(nodeRetryMaxS)
    }
  },
)

function answerOf(about: Partial<RefusalInput>) {
  const usual = { reason: 'rate_exceeded', catalogue: refusals, random: countedRandom() } as const
  return refusalAnswer({ ...usual, ...about })
}

test('those who vouch for a caller are told beside it', () => {
  const stir = ['STIR ;cause=438 ;text="Invalid Identity Header"']
  expect(answerOf({ reason: 'identity_invalid', stir }).headers.Reason).toBe(
    'SIP;cause=438;text="identity_invalid", STIR ;cause=438 ;text="Invalid Identity Header"',
  )
})

test('a limit of the day may be answered with 480 until midnight, or with 402 that says it aside', () => {
  const about = { reason: 'daily_limit_exceeded', limit: 'key, day', retryAfterS: 3600 } as const
  const with480 = refusalsWith([{ reason: 'daily_limit_exceeded', status: 480, phrase: 'Later' }])
  const with402 = refusalsWith([{ reason: 'daily_limit_exceeded', status: 402 }])
  expect(answerOf({ ...about, catalogue: with480 })).toMatchObject({
    status: 480,
    phrase: 'Later',
    headers: {
      'Retry-After': '3600',
      Reason: 'SIP;cause=480;text="daily_limit_exceeded (key, day)"',
    },
  })
  const { status, headers } = answerOf({ ...about, catalogue: with402 })
  expect(status).toBe(402)
  expect(headers).toEqual({
    Reason: 'SIP;cause=402;text="daily_limit_exceeded (key, day)";frees-in=3600',
  })
})

test('a rate that is answered with 503 never tells the peer to stay away', () => {
  const catalogue = refusalsWith([{ reason: 'rate_exceeded', status: 503 }])
  const { headers } = answerOf({ catalogue, limit: 'key, second', retryAfterS: 1 })
  expect(headers).toEqual({
    Reason: 'SIP;cause=503;text="rate_exceeded (key, second)";frees-in=1',
  })
})

test('a wait is a whole number of seconds, at least one and at most a day', () => {
  const waitOf = (retryAfterS: number | undefined) =>
    answerOf({ retryAfterS }).headers['Retry-After']
  expect([0, 0.2, 1.5, 1e9].map(waitOf)).toEqual(['1', '1', '2', '86400'])
  expect(waitOf(undefined)).toBeUndefined()
})

const essential = {
  From: '<sip:a@b>;tag=1',
  Contact: '<sip:a@192.0.2.9>',
  To: '<sip:c@d>',
  'Call-ID': 'x',
  CSeq: '1 INVITE',
} as const

function inviteOf(fields: Readonly<Record<string, string>>, ...lines: string[]): RawMessage {
  const given = Object.entries(fields).map(([title, value]) => `${title}: ${value}`)
  return new RawMessage(['INVITE sip:x@y SIP/2.0', ...given, ...lines, '', ''].join('\r\n'))
}

const invite = (...lines: string[]) => inviteOf(essential, ...lines)

test('an INVITE that cannot be a call is refused before anything else', () => {
  expect(preflight(invite())).toBeUndefined()
  expect(preflight(invite('From: <sip:x@y>'))).toBe('request_malformed')
  expect(preflight(invite('m: <sip:x@y>'))).toBe('request_malformed')
  expect(preflight(invite('Max-Forwards: 0'))).toBe('too_many_hops')
  expect(preflight(invite('Max-Forwards: x'))).toBe('request_malformed')
  expect(preflight(invite('Require: replaces'))).toBe('extension_unsupported')
  expect(preflight(invite('Require: timer, 100rel'))).toBeUndefined()
  expect(preflight(new RawMessage('INVITE sip:x@y SIP/2.0\r\n\r\n'))).toBe('request_malformed')
})

test.each(Object.entries(essential))(
  'RFC 3261 8.1.1: an INVITE without %s, or with two, is no call',
  (title, value) => {
    const { [title as keyof typeof essential]: _, ...others } = essential
    expect(preflight(inviteOf(others))).toBe('request_malformed')
    expect(preflight(invite(`${title}: ${value}`))).toBe('request_malformed')
  },
)

test('an INVITE with a Via of our own has come back to us', () => {
  const own = ['udp/192.0.2.1:5060', 'tcp/192.0.2.1:5080']
  const through = (sentBy: string) =>
    preflight(
      invite('Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa', `Via: SIP/2.0/TCP ${sentBy}`),
      own,
    )
  expect(through('192.0.2.1:5080;branch=z9hG4bKb')).toBe('loop_detected')
  expect(through('192.0.2.1:5060')).toBe('loop_detected')
  expect(through('192.0.2.1 ;branch=z9hG4bKb')).toBe('loop_detected')
  expect(through('192.0.2.1:5061')).toBeUndefined()
  expect(through('92.0.2.1:5060')).toBeUndefined()
})
