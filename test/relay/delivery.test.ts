import { expect, test } from 'vitest'
import type { GatewayId } from '../../src/domain/carrier.ts'
import type { InboundGrant } from '../../src/domain/decision.ts'
import type { OutsideCaller } from '../../src/domain/outside-caller.ts'
import type { Trunk } from '../../src/domain/trunk.ts'
import type { Verification } from '../../src/domain/verification.ts'
import { buildDelivery } from '../../src/relay/delivery.ts'
import { addressedToRegistered } from '../../src/relay/invite.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { readAttempt } from '../../src/sip/raw-reader.ts'

const caller: OutsideCaller = {
  e164: '+13125550188',
  user: '+13125550188',
  display: undefined,
  hidden: false,
}
const passed: Verification = {
  verstat: 'TN-Validation-Passed',
  attestation: 'A',
  passports: [],
}

interface Given {
  readonly caller?: Partial<OutsideCaller>
  readonly trunk?: Partial<Trunk>
  readonly verification?: Verification
  readonly headers?: readonly string[]
}

/** The headers of the INVITE to the tenant. */
function sentTo(given: Given) {
  const lines = [
    'INVITE sip:+12025550123@gate SIP/2.0',
    'Max-Forwards: 70',
    ...(given.headers ?? []),
  ]
  const message = new RawMessage(`${lines.join('\r\n')}\r\n\r\n`)
  const source = { address: '203.0.113.10', port: 5060, protocol: 'udp' }
  const arrival = { id: 'call', receivedAtMs: 0, source, keyHeader: 'x-api-key' } as never
  const trunk = { trusted: false, forwardsIdentity: false, tellsInXHeaders: false, ...given.trunk }
  const grant = {
    caller: { ...caller, ...given.caller },
    trunk,
    verification: given.verification,
    isMarked: given.verification !== undefined,
  } as unknown as InboundGrant
  return buildDelivery({ attempt: readAttempt(message, arrival), message, grant }).headers
}

test('the caller stands in From and P-Asserted-Identity, with what was found about it', () => {
  const identity = '<sip:+13125550188;verstat=TN-Validation-Passed@localhost;user=phone>'
  expect(sentTo({ verification: passed })).toEqual({
    'Max-Forwards': '69',
    From: identity,
    'P-Asserted-Identity': identity,
  })
})

test('where nothing is to be told there is no verstat, whoever has written one', () => {
  const forged = '<sip:+13125550188;verstat=TN-Validation-Passed@x;user=phone>'
  const headers = [
    `From: ${forged}`,
    `P-Asserted-Identity: ${forged}`,
    'X-Verstat: TN-Validation-Passed',
  ]
  expect(JSON.stringify(sentTo({ headers, trunk: { tellsInXHeaders: true } }))).not.toMatch(
    /verstat/i,
  )
})

test('a name goes with the caller, and can end neither its quotes nor the line', () => {
  const display = 'Jane "<sip:x@y>" \\'
  expect(sentTo({ caller: { display } }).From).toBe(
    '"Jane \\"<sip:x@y>\\" \\\\" <sip:+13125550188@localhost>',
  )
})

test('a key in a name is not passed on', () => {
  const display = `tg_live_NBJLZ7DT7NrvqQCB_9roJ616nk3JdA2tgdGwG4xW7cdeVD7nJ09637IEFRvN1bA1CU`
  expect(sentTo({ caller: { display } }).From).toBe('<sip:+13125550188@localhost>')
})

test('who is not trusted learns nothing of a caller who withholds the number', () => {
  const headers = ['Identity: a.b.c;info=<https://x>', 'Privacy: id']
  const trunk = { forwardsIdentity: true, tellsInXHeaders: true }
  expect(sentTo({ caller: { hidden: true }, headers, trunk, verification: passed })).toEqual({
    'Max-Forwards': '69',
    From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
    'X-Verstat': 'TN-Validation-Passed',
    'X-Attestation': 'A',
  })
})

test('who is trusted gets the number that is withheld, with the wish to keep it', () => {
  expect(sentTo({ caller: { hidden: true }, trunk: { trusted: true } })).toEqual({
    'Max-Forwards': '69',
    From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
    'P-Asserted-Identity': '<sip:+13125550188@localhost>',
    Privacy: 'id',
  })
})

test('Identity goes on, field by field and with its Date, where the trunk wants it', () => {
  const headers = ['Identity: one', 'y: two', 'Date: Sat, 13 Nov 2010 23:29:00 GMT']
  expect(sentTo({ headers })).not.toHaveProperty('Identity')
  expect(sentTo({ headers, trunk: { forwardsIdentity: true } })).toMatchObject({
    Identity: ['one', 'two'],
    Date: 'Sat, 13 Nov 2010 23:29:00 GMT',
  })
})

test.each([
  ['udp', 'sip:198.51.100.7:40000'],
  ['tcp', undefined],
  ['tls', undefined],
] as const)(
  'who registered over %s is called as its Contact says, over UDP where it registered from',
  (transport, proxy) => {
    const gateway = { id: 'r' as GatewayId, host: '198.51.100.7', port: 40_000, transport }
    const contact = 'sip:pbx@10.0.0.5:5060'
    const place = { gateway, isSecure: false, contact }
    const sent = addressedToRegistered({ headers: {}, body: '' }, '+12025550123', place)
    expect(sent).toMatchObject({
      uri: contact,
      payload: { headers: { 'P-Called-Party-ID': '<tel:+12025550123>' } },
    })
    expect(sent.proxy).toBe(proxy)
  },
)

test('a call that nobody says who makes comes from nobody', () => {
  const sent = sentTo({ caller: { user: undefined, e164: undefined }, verification: passed })
  expect(sent.From).toBe('"Anonymous" <sip:anonymous@anonymous.invalid>')
  expect(sent).not.toHaveProperty('P-Asserted-Identity')
})
