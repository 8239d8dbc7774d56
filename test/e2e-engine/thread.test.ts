import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { startEngine } from '../../src/engine/start.ts'
import { ThreadWatch } from '../../src/engine/thread-watch.ts'
import { sdp, UaCall, UdpUa } from '../support/udp-ua.ts'
import { settings } from './house.ts'
import { connectSrf } from './srf.ts'

test('an engine in its thread carries a call, tells its CPU time and what it holds, and closes', async () => {
  const engine = await startEngine(settings)
  const ended: string[] = []
  engine.onExit((why) => ended.push(why))
  const alice = await UdpUa.open()
  const srf = await connectSrf(engine.adminPort)
  srf.invite((req, res) => void srf.createUAS(req, res, { localSdp: sdp }))
  const udp = engine.listeners.find(({ protocol }) => protocol === 'udp')
  const call = new UaCall(alice, udp?.port ?? 0, 'bob')
  call.invite()
  call.ack(await alice.response(200))
  call.request('BYE')
  await alice.response(200, 'BYE')
  const { userUs, systemUs } = await engine.cpuUsage()
  expect(userUs + systemUs).toBeGreaterThan(0)
  expect(await engine.sizes()).toMatchObject({ dialogs: 0, transactions: 2, clients: 1 })
  srf.disconnect()
  await engine.close()
  expect(await engine.sizes()).toBeUndefined()
  alice.close()
  expect(ended).toEqual([])
})

test('an engine that cannot open its sockets fails with the reason', async () => {
  const listen = [{ protocol: 'udp', address: '203.0.113.1', port: 5060 }] as const
  await expect(startEngine({ ...settings, listen })).rejects.toMatchObject({
    code: 'engine_unreachable',
    message: expect.stringContaining('EADDRNOTAVAIL'),
  })
})

const ready = `const { parentPort } = require('node:worker_threads')
parentPort.postMessage({ kind: 'ready', adminPort: 1, listeners: [] })`

test('a thread that crashes is told of, also to who asks later', async () => {
  const watch = new ThreadWatch(
    new Worker(`${ready}; setImmediate(() => { throw new Error('boom') })`, { eval: true }),
  )
  await watch.ready
  const why = await new Promise<string>((resolve) => watch.onExit(resolve))
  expect(why).toContain('boom')
  const again = await new Promise<string>((resolve) => watch.onExit(resolve))
  expect(again).toBe(why)
})

test('a fault that the thread survives is told of', async () => {
  const fault = `parentPort.once('message', () => process.exit())
setImmediate(() => parentPort.postMessage({ kind: 'fault', why: 'one message' }))`
  const watch = new ThreadWatch(new Worker(`${ready}; ${fault}`, { eval: true }))
  const told = new Promise<string>((resolve) => watch.onFault(resolve))
  await watch.ready
  expect(await told).toBe('one message')
  await watch.close()
})
