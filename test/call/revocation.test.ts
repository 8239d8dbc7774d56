import { expect, test } from 'vitest'
import type { KeyId } from '../../src/domain/key.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { useCallStage } from '../support/call-stage.ts'

const stage = useCallStage()
const theKey = { keyId: 'key' as KeyId }

test('a ringing call of a revoked key is cancelled, and both sides hear why', async () => {
  await stage.open()
  const { call, invite } = await stage.ring()
  expect(stage.gate.registry.hangUp('key_revoked', theKey)).toBe(1)
  const refused = await stage.alice.response(480)
  call.ackFailure(refused)
  const cancel = await stage.bob.request('CANCEL')
  for (const { message } of [refused, cancel]) {
    expect(message.first('reason')).toBe('SIP;cause=480;text="key_revoked"')
  }
  stage.bob.respond(cancel, 200)
  stage.bob.respond(invite, 487)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'key_revoked', status: 480 })
  expect(stage.carol.history).toEqual([])
})

test.each([
  ['key_revoked', theKey],
  ['tenant_suspended', { tenantId: 'tenant' as TenantId }],
])('a running call ends at both sides by BYE when %s', async (cause, whose) => {
  await stage.open()
  const { callee } = await stage.establish()
  expect(stage.gate.registry.hangUp(cause, whose)).toBe(1)
  const [near, far] = [await stage.alice.request('BYE'), await stage.bob.request('BYE')]
  for (const { message } of [near, far]) expect(message.first('reason')).toContain(cause)
  stage.alice.respond(near, 200)
  stage.bob.respond(far, 200)
  await stage.gate.quiet()
  expect(callee).toBeDefined()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause, status: 200 })
})

test('calls of other keys go on', async () => {
  await stage.open()
  const { call } = await stage.establish()
  const others = { keyId: 'other' as KeyId, tenantId: 'another' as TenantId }
  expect(stage.gate.registry.hangUp('key_revoked', others)).toBe(0)
  expect(stage.gate.registry.hangUp('key_revoked', {})).toBe(0)
  await stage.hangUp(call)
})

test('a key revoked while its call is being decided does not get it through', async () => {
  const revoked = async () => 'key_revoked'
  await stage.open({ wrap: (stages) => ({ ...stages, revoked }) })
  const call = stage.newCall()
  call.invite()
  call.ackFailure(await stage.alice.response(480))
  await stage.gate.quiet()
  expect(stage.story).toEqual(['call.decided', 'call.ended'])
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'key_revoked' })
  expect(stage.bob.history).toEqual([])
})

test('where it cannot be told whether the key still stands, the call does not go on', async () => {
  const revoked = () => Promise.reject(new Error('store down'))
  await stage.open({ wrap: (stages) => ({ ...stages, revoked }) })
  const call = stage.newCall()
  call.invite()
  call.ackFailure(await stage.alice.response(503))
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ cause: 'store_unavailable' })
})
