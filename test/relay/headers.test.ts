import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Candidate } from '../../src/domain/carrier.ts'
import type { Grant } from '../../src/domain/decision.ts'
import { hopsLeft, type Passage, passingHeaders, unsupportedTags } from '../../src/relay/headers.ts'
import { addressInvite, buildInvite } from '../../src/relay/invite.ts'
import { sessionAnswer } from '../../src/relay/session-timer.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { grantOf } from '../support/call-gate.ts'

function message(...lines: string[]): RawMessage {
  return new RawMessage(['INVITE sip:x@y SIP/2.0', ...lines, '', ''].join('\r\n'))
}

const passages: readonly Passage[] = [
  'invite',
  'inviteResponse',
  'inDialog',
  'inDialogResponse',
  'bye',
  'ack',
]

// biome-ignore format: a table
const kept = ['Content-Type', 'Content-Disposition', 'Content-Encoding', 'Content-Language',
  'MIME-Version', 'Accept', 'Accept-Encoding', 'Accept-Language', 'Allow', 'Supported', 'Require',
  'Session-Expires', 'Min-SE', 'Reason', 'Event', 'Allow-Events', 'Subscription-State', 'Expires',
  'Unsupported', 'Max-Breadth', 'Info-Package', 'Recv-Info', 'Refer-To', 'Refer-Sub', 'Referred-By']

test('nothing passes that is not on the list, whatever its name and place', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,20}$/),
    fc.constantFrom('X-API-Key', 'X-Call-Class', 'Via', 'Route', 'Contact', '__proto__'),
    fc.constantFrom('Authorization', 'Proxy-Authorization', 'Authentication-Info'),
    fc.constantFrom('P-Asserted-Identity', 'Identity', 'constructor', 'Retry-After', ...kept),
  )
  fc.assert(
    fc.property(name, fc.constantFrom(...passages), (header, passage) => {
      const passed = Object.keys(passingHeaders(message(`${header}: timer`), passage))
      expect(passed.every((title) => kept.includes(title))).toBe(true)
    }),
  )
})

test('no value passes that could become a second header', () => {
  const raw = 'INVITE sip:x@y SIP/2.0\r\nReason: a\0b\r\nReason: SIP;cause=1\x7f\r\n\r\n'
  expect(passingHeaders(new RawMessage(raw), 'bye')).toEqual({})
})

test('a header that holds a key does not pass, wherever the key stands in it', () => {
  const refer = message(`Refer-To: <sip:a@b?X-API-Key=tg_live_${'0'.repeat(16)}_${'0'.repeat(49)}>`)
  expect(passingHeaders(refer, 'inDialog')).toEqual({})
})

test('a header that holds a call token does not pass', () => {
  const part = 'eyJhbGciOiJIUzI1NiJ9'
  const refer = message(`Refer-To: <sip:a@b?Authorization=Bearer%20${part}.${part}.${part}>`)
  expect(passingHeaders(refer, 'inDialog')).toEqual({})
})

test('repeated lists are joined, of other headers the first one counts', () => {
  const both = message('Reason: a', 'Reason: b', 'Content-Type: x/y', 'Content-Type: z/z')
  expect(passingHeaders(both, 'inviteResponse')).toEqual({
    Reason: 'a, b',
    'Content-Type': 'x/y',
  })
})

test.each([
  ...['Accept', 'Accept-Encoding', 'Accept-Language', 'Content-Encoding', 'Content-Language'],
  ...['Allow-Events', 'Recv-Info', 'Reason'],
])('%s in several fields is one list of all of them', (title) => {
  expect(passingHeaders(message(`${title}: a`, `${title}: b, c`), 'inDialog')).toEqual({
    [title]: 'a, b, c',
  })
})

test('what is supported, required and allowed is one list over several fields too', () => {
  const several = ['Supported: timer', 'k: 100rel', 'Require: timer', 'Require: 100rel']
  const methods = ['Allow: INVITE', 'Allow: BYE']
  expect(passingHeaders(message(...several, ...methods), 'invite')).toEqual({
    Supported: 'timer, 100rel',
    Require: 'timer, 100rel',
    Allow: 'INVITE, BYE',
  })
})

test('only extensions that pass are claimed, and only methods that we take', () => {
  const claims = message(
    'Supported: 100rel, timer',
    'k: replaces',
    'Allow: INVITE, PRACK, NEW, UPDATE',
  )
  expect(passingHeaders(claims, 'invite')).toEqual({
    Supported: '100rel, timer',
    Allow: 'INVITE, PRACK, UPDATE',
  })
  expect(passingHeaders(message('Supported: 100rel', 'Allow: NEW'), 'inDialog')).toEqual({})
})

test('how far a request may still fork passes with it', () => {
  for (const passage of ['invite', 'inDialog'] as const) {
    expect(passingHeaders(message('Max-Breadth: 7'), passage)).toEqual({ 'Max-Breadth': '7' })
  }
  expect(passingHeaders(message('Max-Breadth: 7'), 'inviteResponse')).toEqual({})
})

test('what is required and cannot pass is named', () => {
  const required = message('Require: 100rel, Timer', 'Require: foo')
  expect(unsupportedTags(required, 'invite')).toEqual(['foo'])
  expect(unsupportedTags(required, 'inDialog')).toEqual(['100rel', 'foo'])
  expect(unsupportedTags(message(), 'invite')).toEqual([])
})

test('a session timer and a demand of one side are nothing to the other', () => {
  const ok = message('Session-Expires: 90;refresher=uac', 'Require: timer', 'Min-SE: 90')
  expect(passingHeaders(ok, 'inviteResponse')).toEqual({ 'Min-SE': '90' })
  expect(passingHeaders(ok, 'inDialogResponse')).toEqual({ 'Min-SE': '90' })
  expect(passingHeaders(ok, 'invite')['Session-Expires']).toBe('90;refresher=uac')
})

test.each(['inviteResponse', 'inDialogResponse'] as const)(
  'a refusal names the extension that it is about, if it came through us: %s',
  (passage) => {
    const answer = (status: number, ...fields: string[]) =>
      new RawMessage([`SIP/2.0 ${status} X`, ...fields, '', ''].join('\r\n'))
    const bad = answer(420, 'Unsupported: foo, 100rel', 'Unsupported: timer')
    expect(passingHeaders(bad, passage)).toEqual({ Unsupported: '100rel, timer' })
    const wanting = answer(421, 'Require: timer, foo')
    expect(passingHeaders(wanting, passage)).toEqual({ Require: 'timer' })
    expect(passingHeaders(answer(420, 'Unsupported: foo', 'Require: timer'), passage)).toEqual({})
    expect(passingHeaders(answer(200, 'Require: timer'), passage)).toEqual({})
  },
)

test('our 2xx says of a session timer what its request asks for, and who can must refresh', () => {
  const answer = (...lines: string[]) => sessionAnswer(message(...lines), 0)
  expect(answer()).toEqual({})
  expect(answer('Session-Expires: soon')).toEqual({})
  expect(answer('Session-Expires: 1800')).toEqual({ 'Session-Expires': '1800;refresher=uas' })
  expect(answer('x: 1800;Refresher = UAC', 'Supported: timer')).toEqual({
    'Session-Expires': '1800;refresher=uac',
    Require: 'timer',
  })
  expect(answer('Session-Expires: 60', 'k: 100rel, timer')['Session-Expires']).toBe(
    '90;refresher=uac',
  )
})

test('a caller that asks for no session timer has one that is ours to refresh, within what it bears', () => {
  const answer = (ownS: number, ...lines: string[]) => sessionAnswer(message(...lines), ownS)
  expect(answer(1800)).toEqual({ 'Session-Expires': '1800;refresher=uas' })
  expect(answer(1800, 'Supported: timer', 'Min-SE: 3600')['Session-Expires']).toBe(
    '3600;refresher=uas',
  )
  expect(answer(1)['Session-Expires']).toBe('90;refresher=uas')
  expect(answer(1800, 'Session-Expires: 600;refresher=uac')['Session-Expires']).toBe(
    '600;refresher=uac',
  )
  expect(answer(0)).toEqual({})
})

test('Max-Forwards goes down by one, and below nothing is sent', () => {
  expect(hopsLeft(message('Max-Forwards: 70'))).toBe(69)
  expect(hopsLeft(message('Max-Forwards: 1'))).toBe(0)
  expect(hopsLeft(message('Max-Forwards: 0'))).toBe(-1)
  expect(hopsLeft(message('Max-Forwards: x'))).toBe(-2)
  expect(hopsLeft(message())).toBe(70)
})

const signed = {
  identities: ['a.b.c;info=<u>', 'd.e.f;info=<u>'],
  dateHeader: 'Mon, 05 Jan 2026 12:00:00 GMT',
}

function invite(privacy: readonly string[], grant = grantOf(1)) {
  const attempt = { privacy } as unknown as Parameters<typeof buildInvite>[0]['attempt']
  return buildInvite({ attempt, message: message('Max-Forwards: 9'), grant, signed })
}

const gateway = { id: 'g', host: '192.0.2.1', port: 5060, transport: 'udp' } as const
const candidate = { gateway, trusted: false } as unknown as Candidate

/** What a carrier gets of a call whose caller withholds its number. */
function withheld(privacy: string, trusted: boolean, changed: Partial<Grant> = {}) {
  const grant = { ...grantOf(1), callerWithheld: true, ...changed }
  return addressInvite(invite([privacy], grant), grant, { ...candidate, trusted }).payload.headers
}

test('the INVITE to a carrier says who calls by our word alone', () => {
  expect(invite([]).headers).toEqual({
    From: '<sip:+12025550199@localhost>',
    'P-Asserted-Identity': '<sip:+12025550199@localhost>',
    Identity: signed.identities,
    Date: signed.dateHeader,
    'Max-Forwards': '8',
  })
})

const nobody = '"Anonymous" <sip:anonymous@anonymous.invalid>'

test.each([
  ['id', 'id'],
  ['user;critical', 'id;critical'],
  ['Header, id', 'id'],
  ['', 'id'],
  ['id;session', 'id;session'],
])('RFC 3325 7: of Privacy: %s a trusted carrier gets the number and %s', (privacy, left) => {
  const headers = withheld(privacy, true)
  expect(headers.From).toBe(nobody)
  expect(headers.Privacy).toBe(left)
  expect(headers['P-Asserted-Identity']).toContain('+12025550199')
  expect(headers.Identity).toBe(signed.identities)
})

test.each([
  ['id', undefined],
  ['user;critical', undefined],
  ['', undefined],
  ['id;session', 'session'],
])(
  'RFC 3325 5: of Privacy: %s no other carrier gets anything that names the caller',
  (privacy, left) => {
    const headers = withheld(privacy, false)
    expect(headers.From).toBe(nobody)
    expect(headers.Privacy).toBe(left)
    expect(JSON.stringify(headers)).not.toContain('2025550199')
    expect(headers).not.toHaveProperty('Identity')
  },
)

test('who answers an emergency call learns the number whatever the caller wants', () => {
  const called = { emergency: true, dialled: '911', region: 'US' } as const
  expect(withheld('id', false, { called })['P-Asserted-Identity']).toContain('+12025550199')
})

test('a caller who withholds nothing is named to every carrier, and Privacy: none goes on', () => {
  const { headers } = addressInvite(invite(['none']), grantOf(1), candidate).payload
  expect(headers.Privacy).toBe('none')
  expect(headers['P-Asserted-Identity']).toBe('<sip:+12025550199@localhost>')
  expect(headers.From).toBe('<sip:+12025550199@localhost>')
})

test('the INVITE is addressed to the called number at the gateway', () => {
  const far = { ...candidate.gateway, host: '2001:db8::1', port: 5070, transport: 'tcp' } as const
  const invited = { headers: {}, body: 'b' }
  const { uri, payload } = addressInvite(invited, grantOf(1), { ...candidate, gateway: far })
  expect(uri).toBe('sip:+12025550123@[2001:db8::1]:5070;transport=tcp')
  expect(payload).toEqual({ headers: { To: '<sip:+12025550123@[2001:db8::1]:5070>' }, body: 'b' })
})

test('an emergency number goes as it was dialled', () => {
  const called = { emergency: true, dialled: '911', region: 'US' } as const
  const { uri } = addressInvite({ headers: {}, body: '' }, { ...grantOf(1), called }, candidate)
  expect(uri).toBe('sip:911@192.0.2.1:5060;transport=udp')
})
