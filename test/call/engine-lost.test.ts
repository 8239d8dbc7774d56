import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { connectEngine } from '../../src/sip/connection.ts'
import { drachtioBinary, type EngineOptions, eventually } from '../support/call-gate.ts'
import { CallStage } from '../support/call-stage.ts'
import { sdp } from '../support/udp-ua.ts'

let stage: CallStage
/** So that what takes 64 T1 is over soon. */
const quick = { timers: { t1Ms: 10, t2Ms: 40, t4Ms: 50 } }

/** A stage of its own: the tests here have its engine stop. */
async function openStage(options: EngineOptions = {}): Promise<void> {
  stage = new CallStage()
  await stage.start(options)
  await stage.enter()
  await stage.open()
}

afterEach(() => stage.leave())

test('with the engine every call is gone: nothing is held and every end is recorded', async () => {
  await openStage()
  await stage.establish()
  stage.newCall().invite()
  const ringing = await stage.bob.request('INVITE')
  stage.bob.respond(ringing, 180)
  await stage.alice.response(180)
  await stage.stop()
  await stage.gate.quiet()
  const ends = stage.gate.events.filter((event) => event.type === 'call.ended')
  expect(ends.map((end) => end.cause)).toEqual(['engine_lost', 'engine_lost'])
  expect(stage.gate.connection.ready).toBe(false)
})

// drachtio-server waits 32 s, too long for a test.
test.skipIf(drachtioBinary)(
  'a caller that never acknowledges is hung up, and the callee with it',
  async () => {
    await openStage(quick)
    const call = stage.newCall()
    call.invite()
    stage.bob.respond(await stage.bob.request('INVITE'), 200, { body: sdp })
    await stage.alice.response(200)
    await stage.bob.request('ACK')
    stage.alice.respond(await stage.alice.request('BYE'), 200)
    stage.bob.respond(await stage.bob.request('BYE'), 200)
    await stage.gate.quiet()
    expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'ack_timeout' })
    await stage.stop()
  },
)

test.skipIf(drachtioBinary)(
  'a caller that never acknowledges a reliable response hears 504, which the record says',
  async () => {
    await openStage(quick)
    stage.newCall().invite({ headers: ['Supported: 100rel'], body: sdp })
    const invite = await stage.bob.request('INVITE')
    const headers = ['Require: 100rel', 'RSeq: 1']
    stage.bob.respond(invite, 183, { headers, body: sdp })
    await stage.alice.response(504)
    stage.bob.respond(await stage.bob.request('CANCEL'), 200)
    stage.bob.respond(invite, 487)
    await stage.gate.quiet()
    expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'prack_timeout', status: 504 })
    await stage.stop()
  },
)

test('a wrong secret is told, and nobody is asked twice', async () => {
  stage = new CallStage()
  await stage.start()
  const connecting = connectEngine({
    host: '127.0.0.1',
    port: stage.engine.adminPort,
    secret: new Secret('wrong'),
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger,
  })
  await expect(connecting).rejects.toMatchObject({ code: 'engine_refused' })
  await stage.stop()
})

test.skipIf(drachtioBinary)(
  'a call that nobody has answered when the engine gives it up ends by the gate, not by its caller',
  async () => {
    await openStage(quick)
    const call = stage.newCall()
    call.invite()
    const invite = await stage.bob.request('INVITE')
    stage.bob.respond(invite, 100)
    call.ackFailure(await stage.alice.response(500))
    stage.bob.respond(await stage.bob.request('CANCEL'), 200)
    stage.bob.respond(invite, 487)
    await stage.gate.quiet()
    expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'answer_timeout', status: 500 })
    await stage.stop()
  },
)

test('a caller that gives up with the words of the engine has given up', async () => {
  await openStage()
  const { call, invite } = await stage.ring()
  call.cancel(['Reason: SIP;cause=500;text="Not answered in time"'])
  await stage.alice.response(487)
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  stage.bob.respond(invite, 487)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'cancelled', status: 487 })
  await stage.stop()
})

test('after a loss the connection comes back and takes calls again', async () => {
  await openStage()
  const { adminPort, sipPort } = stage.engine
  await stage.stop()
  await eventually('the loss is known', () => !stage.gate.connection.ready)
  await stage.start({ adminPort, sipPort })
  await eventually('it is back', () => stage.gate.connection.ready)
  const { call } = await stage.establish()
  await stage.hangUp(call)
  await stage.gate.quiet()
  await stage.stop()
})
