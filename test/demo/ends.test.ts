import { expect, test } from 'vitest'
import { SimulatedCarrier } from '../../src/demo/carrier.ts'
import { Pbx } from '../../src/demo/pbx.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'

const clock = systemClock()
const random = systemRandom()

/** The PBX calls the carrier without a gate between them: what one says the other understands. */
async function connect() {
  const behaviour = {
    fails: (number: string) => number.endsWith('3'),
    rings: (number: string) => number.endsWith('7'),
  }
  const times = { port: 0, answerAfterMs: 0, hangUpAfterMs: 0 }
  const carrier = await SimulatedCarrier.open({ clock, random, behaviour, ...times })
  const pbx = await Pbx.open({ clock, random, gate: { address: '127.0.0.1', port: carrier.port } })
  return {
    carrier,
    pbx,
    [Symbol.asyncDispose]: async () => {
      await pbx[Symbol.asyncDispose]()
      await carrier[Symbol.asyncDispose]()
    },
  }
}

const from = '"Sales" <sip:+12125550100@127.0.0.1>'

test('a call is answered, acknowledged and hung up by the callee', async () => {
  await using ends = await connect()
  const call = ends.pbx.dial({ requestUri: 'sip:+12125550120@h', from, keys: ['tg_x'] })
  expect(await call.final).toMatchObject({ status: 200, phrase: 'OK', reason: '' })
  expect(await call.ended).toBe('callee')
  const [arrived] = ends.carrier.takeArrived()
  expect(arrived?.number).toBe('+12125550120')
  expect(arrived?.message.all('x-api-key')).toEqual(['tg_x'])
  expect(ends.carrier.takeArrived()).toEqual([])
})

test('a failing gateway answers 503', async () => {
  await using ends = await connect()
  const call = ends.pbx.dial({ requestUri: 'sip:+12125550123@h', from, keys: [] })
  expect(await call.final).toMatchObject({ status: 503, phrase: 'Service Unavailable' })
})

test('a call that is cancelled while it rings ends with 487', async () => {
  await using ends = await connect()
  const dial = { requestUri: 'sip:+12125550127@h', from, keys: [], cancelWhenRinging: true }
  expect(await ends.pbx.dial(dial).final).toMatchObject({ status: 487 })
})
