import { expect, test, vi } from 'vitest'
import type { Stages } from '../../src/call/stages.ts'
import { useCallStage } from '../support/call-stage.ts'
import { logOf } from '../support/log-of.ts'
import { sdp } from '../support/udp-ua.ts'

const stage = useCallStage()

/** A log whose disk a test lets go on, or fail, by hand; only the decision waits for it. */
function slowLog() {
  const disk = Promise.withResolvers<void>()
  disk.promise.catch(() => undefined)
  const hurry = vi.fn()
  const wrap = (stages: Stages): Stages => ({
    ...stages,
    audit: {
      ...logOf(async (event) => {
        if (event.type === 'call.decided') await disk.promise
        await stages.audit.append(event)
      }),
      hurry,
    },
  })
  return {
    wrap,
    hurry,
    onDisk: () => disk.resolve(),
    fail: () => disk.reject(new Error('disk full')),
  }
}

/** The final and provisional responses that the caller has heard, the engine's 100 apart. */
function heard(): number[] {
  return stage.alice.history.map(({ status }) => status).filter((status) => status > 100)
}

/** A call whose INVITE the callee has, while its decision waits for the disk. */
async function dialledMeanwhile() {
  const log = slowLog()
  await stage.open({ wrap: log.wrap })
  const call = stage.newCall()
  call.invite()
  return { log, call, invite: await stage.bob.request('INVITE') }
}

test('a call is dialled at once, and its caller hears nothing before the decision is on record', async () => {
  const { log, call, invite } = await dialledMeanwhile()
  stage.bob.respond(invite, 180)
  stage.bob.respond(invite, 183, { body: sdp })
  stage.bob.respond(invite, 200, { body: sdp })
  await stage.bob.request('ACK')
  expect(heard()).toEqual([])
  log.onDisk()
  call.ack(await stage.alice.response(200))
  expect(heard()).toEqual([180, 183, 200])
  await stage.hangUp(call)
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'bye', status: 200 })
})

test('the record is hurried when the callee rings, and not before', async () => {
  const { log, call, invite } = await dialledMeanwhile()
  expect(log.hurry).not.toHaveBeenCalled()
  stage.bob.respond(invite, 180)
  await vi.waitFor(() => expect(log.hurry).toHaveBeenCalledOnce())
  stage.bob.respond(invite, 486)
  await stage.bob.request('ACK')
  log.onDisk()
  call.ackFailure(await stage.alice.response(486))
  await stage.gate.quiet()
  expect(log.hurry).toHaveBeenCalledOnce()
})

test("a callee's refusal waits for the record of the decision too", async () => {
  const { log, call, invite } = await dialledMeanwhile()
  stage.bob.respond(invite, 486)
  await stage.bob.request('ACK')
  expect(heard()).toEqual([])
  expect(stage.gate.leases.size).toBe(1)
  log.onDisk()
  call.ackFailure(await stage.alice.response(486))
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'callee', cause: 'rejected', status: 486 })
})

test('a decision that fails to be recorded cancels the leg that rings, and refuses the call', async () => {
  const { log, call, invite } = await dialledMeanwhile()
  stage.bob.respond(invite, 180)
  log.fail()
  const refused = await stage.alice.response(503)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toContain('audit_unavailable')
  expect(Number(refused.message.first('retry-after'))).toBeGreaterThan(0)
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  stage.bob.respond(invite, 487)
  await stage.gate.quiet()
  expect(heard()).toEqual([503])
  expect(stage.carol.history).toEqual([])
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'audit_unavailable', status: 503 })
})

test('a decision that fails to be recorded ends the leg that has answered, and refuses the call', async () => {
  const { log, call, invite } = await dialledMeanwhile()
  stage.bob.respond(invite, 200, { body: sdp })
  await stage.bob.request('ACK')
  log.fail()
  call.ackFailure(await stage.alice.response(503))
  stage.bob.respond(await stage.bob.request('BYE'), 200)
  await stage.gate.quiet()
  expect(heard()).toEqual([503])
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'audit_unavailable', status: 503 })
})

test('CANCEL while the decision is written down ends the callee and waits for nothing', async () => {
  const { log, call, invite } = await dialledMeanwhile()
  stage.bob.respond(invite, 200, { body: sdp })
  await stage.bob.request('ACK')
  call.cancel()
  call.ackFailure(await stage.alice.response(487))
  stage.bob.respond(await stage.bob.request('BYE'), 200)
  log.onDisk()
  await stage.gate.quiet()
  expect(heard()).toEqual([200, 487])
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'cancelled', status: 487 })
})

test('while the log is known to keep nothing no call is dialled', async () => {
  await stage.open({
    wrap: (stages) => ({ ...stages, audit: { ...stages.audit, isWritable: false } }),
  })
  const call = stage.newCall()
  call.invite()
  const refused = await stage.alice.response(503)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toContain('audit_unavailable')
  await stage.gate.quiet()
  expect(stage.bob.history).toEqual([])
})
