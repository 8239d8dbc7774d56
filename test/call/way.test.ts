import { expect, test } from 'vitest'
import type { Stages } from '../../src/call/stages.ts'
import { wayOf } from '../../src/call/way.ts'
import type { Grant } from '../../src/domain/decision.ts'
import type { CallStatement } from '../../src/identity/passport.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import type { InboundCall } from '../../src/sip/inbound-call.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { grantOf } from '../support/call-gate.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** Where a call with this grant goes, with what was signed for it. */
async function way(changed: Partial<Grant> = {}, ...fields: string[]) {
  const clock = new FakeClock()
  const signed: CallStatement[] = []
  const trouble = { isLost: false }
  const stages = {
    clock,
    logger: createLogger('silent'),
    carriers: async () => [
      { id: 'c', enabled: true, priority: 0, gateways: [{ id: 'g', host: 'x' }] },
    ],
    sign: async (statement: CallStatement) => {
      if (trouble.isLost) throw new Error('the key is gone')
      signed.push(statement)
      return { identities: [`signature ${signed.length}`], dateHeader: `date ${signed.length}` }
    },
  } as unknown as Stages
  const message = new RawMessage(`INVITE sip:a@b SIP/2.0\r\n${fields.join('\r\n')}\r\n\r\n`)
  const inbound = { attempt: { privacy: [] }, message } as unknown as InboundCall
  const grant: Grant = { ...grantOf(1), direction: 'outbound', ...changed }
  const found = await wayOf(stages, inbound, grant)
  if (typeof found === 'string') throw new Error(found)
  const headers = () => found.invite(found.candidates[0] as never).payload.headers
  return { clock, trouble, signed, headers, renew: () => found.renew?.() }
}

test('for a gateway that is tried later the call is signed anew', async () => {
  const { clock, headers, renew } = await way()
  await renew()
  clock.advance(5000)
  await renew()
  expect(headers()).toMatchObject({ Identity: ['signature 1'], Date: 'date 1' })
  clock.advance(1)
  await renew()
  expect(headers()).toMatchObject({ Identity: ['signature 2'], Date: 'date 2' })
})

test('where that fails the next gateway gets the signature that there is', async () => {
  const { clock, headers, renew, trouble } = await way()
  trouble.isLost = true
  clock.advance(60_000)
  await renew()
  expect(headers()).toMatchObject({ Identity: ['signature 1'] })
})

test('RFC 8946 4: the Identity of a diverted call goes before the signature of its diversion', async () => {
  const diverted = { numbers: ['+12025550100', '+12025550101'], identities: ['first', 'second'] }
  const { headers, signed } = await way({ diverted, callerOwned: false })
  expect(headers().Identity).toEqual(['first', 'second', 'signature 1'])
  expect(signed[0]?.div).toEqual({
    orig: { tn: '12025550199' },
    hops: [
      { from: '+12025550100', to: '+12025550101' },
      { from: '+12025550101', to: '+12025550123' },
    ],
  })
})

const tenant = (rcd: object) => ({ tenant: { id: 'acme', rcd } }) as unknown as Partial<Grant>
const shown = { name: 'Acme', ppt: 'shaken', reason: 'from_subject' }

test('RFC 9795: the reason of a call is in its Subject, where it can be shown', async () => {
  const { signed } = await way(tenant(shown), 'Subject: Your order')
  expect(signed[0]?.rcd).toEqual({ ppt: 'shaken', data: { name: 'Acme', reason: 'Your order' } })
  for (const subject of ['', 'Subject: ', `Subject: ${'x'.repeat(101)}`, 'Subject: a\u0007b']) {
    const other = await way(tenant(shown), subject)
    expect(other.signed[0]?.rcd?.data).toEqual({ name: 'Acme', reason: undefined })
  }
})

test('nobody is named who withholds its number, or who presents another’s', async () => {
  for (const changed of [{ callerWithheld: true }, { callerOwned: false }]) {
    const { signed } = await way({ ...tenant(shown), ...changed })
    expect(signed[0]?.rcd).toBeUndefined()
  }
})
