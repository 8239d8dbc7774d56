import { expect, test } from 'vitest'
import { eventually } from '../support/call-gate.ts'
import { useCallStage } from '../support/call-stage.ts'
import { logOf } from '../support/log-of.ts'
import { sdp } from '../support/udp-ua.ts'

const stage = useCallStage()

test('an extension that cannot pass is refused by name', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ body: sdp, headers: ['Require: replaces'] })
  const refused = await stage.alice.response(420)
  call.ackFailure(refused)
  expect(refused.message.first('unsupported')).toBe('replaces')
  expect(stage.bob.history).toEqual([])
})

test('a call at the end of its hops is refused', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ body: sdp, headers: ['Max-Forwards: 0'] })
  call.ackFailure(await stage.alice.response(483))
  expect(stage.bob.history).toEqual([])
})

test('a decision that cannot be recorded refuses the call and keeps no lease', async () => {
  const audit = logOf(() => Promise.reject(new Error('disk full')))
  await stage.open({ wrap: (stages) => ({ ...stages, audit }) })
  const call = stage.newCall()
  call.invite()
  const refused = await stage.alice.response(503)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toContain('audit_unavailable')
  expect(Number(refused.message.first('retry-after'))).toBeGreaterThan(0)
  expect(stage.bob.history).toEqual([])
})

test('a caller identity that cannot be signed stops an admitted call', async () => {
  const sign = () => Promise.reject(new Error('no key'))
  await stage.open({ wrap: (stages) => ({ ...stages, sign }) })
  const call = stage.newCall()
  call.invite()
  call.ackFailure(await stage.alice.response(503))
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'signing_unavailable', status: 503 })
})

test('OPTIONS tells what is allowed, other methods outside a call are refused', async () => {
  await stage.open()
  const call = stage.newCall()
  call.request('OPTIONS')
  expect((await stage.alice.response(200, 'OPTIONS')).message.first('allow')).toContain('INVITE')
  stage.newCall().request('MESSAGE', { body: 'hi', type: 'text/plain' })
  await stage.alice.response(405, 'MESSAGE')
})

test('OPTIONS that requires an extension is told what is not supported', async () => {
  await stage.open()
  const call = stage.newCall()
  call.request('OPTIONS', { headers: ['Require: 100rel, timer', 'Require: foo'] })
  const refused = await stage.alice.response(420, 'OPTIONS')
  expect(refused.message.all('unsupported')).toEqual(['100rel, timer, foo'])
})

test('a call by sips is refused where no gateway has TLS, and nothing is sent in the clear', async () => {
  await stage.open()
  const call = stage.newCall()
  call.bySips()
  call.invite()
  const refused = await stage.alice.response(480)
  call.ackFailure(refused)
  expect(refused.message.first('warning')).toBe('380 tollgate "SIPS Not Allowed"')
  expect(refused.message.first('reason')).toContain('sips_unavailable')
  await stage.gate.quiet()
  expect(stage.bob.history).toEqual([])
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'sips_unavailable', status: 480 })
})

test.each([
  ['number_invalid', [], 'sip:+12025550123@'],
  ['store_unavailable', [], 'sip:+12025550123@'],
  ['extension_unsupported', ['Require: replaces'], 'sip:+12025550123@'],
] as const)(
  'a call refused as %s has on record what was dialled',
  async (reason, headers, begins) => {
    const admit = () => Promise.resolve({ admitted: false, reason, trace: [] } as const)
    await stage.open({ wrap: (stages) => ({ ...stages, admit }) })
    const call = stage.newCall()
    call.invite({ body: sdp, headers })
    await eventually('it is decided', () => stage.story.length > 0)
    const [decided] = stage.gate.events
    expect(decided).toMatchObject({ type: 'call.decided', reason })
    expect(decided).toHaveProperty('called', expect.stringMatching(begins.replace('+', '\\+')))
  },
)
