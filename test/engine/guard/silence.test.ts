import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../../src/engine/engine.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { udpPeer } from '../transport/support.ts'

const methods = ['INVITE', 'OPTIONS', 'REGISTER']
const batch = 60
const batches = 50

/** An engine with an application that takes everything and answers nothing, and a peer. */
async function openAll() {
  const clock = new FakeClock()
  const engine = await openEngine(
    {
      listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
      admin: { address: '127.0.0.1', port: 0, secret: 'known' },
      suspectAgents: ['Scanner'],
    },
    { clock, random: countedRandom() },
  )
  onTestFinished(() => engine.close())
  const app = connect(engine.adminPort, '127.0.0.1')
  onTestFinished(() => void app.destroy())
  await once(app, 'connect')
  const say = async (text: string) => {
    app.write(`${Buffer.byteLength(text)}#${text}`)
    await once(app, 'data')
  }
  await say('a|authenticate|known|tag')
  for (const method of methods) await say(`b|route|${method.toLowerCase()}`)
  app.resume()
  const peer = await udpPeer()
  const heard: string[] = []
  peer.socket.on('message', (bytes) => heard.push(bytes.toString()))
  const send = (nth: number, agent: string) => {
    const method = methods[nth % methods.length]
    const lines = [
      `${method} sip:b@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK${nth}`,
      ...['From: <sip:a@a>;tag=1', 'To: <sip:b@b>', `Call-ID: ${nth}`, `CSeq: 1 ${method}`],
      ...['Contact: <sip:a@a>', 'Max-Forwards: 70', `User-Agent: ${agent}`, '', ''],
    ]
    peer.socket.send(lines.join('\r\n'), engine.listeners[0]?.port ?? 0, '127.0.0.1')
  }
  return { clock, engine, send, heard }
}

test.each([
  [
    'a phone',
    'hears no answer, only the 100 that it has paid for',
    /^SIP\/2.0 100 [\s\S]*CSeq: 1 INVITE/,
  ],
  ['friendly-scanner', 'hears nothing', /^$/],
])(
  'what a banned source has asked and nobody has answered is forgotten: %s %s',
  async (agent, _, allowed) => {
    const { clock, engine, send, heard } = await openAll()
    for (let round = 0; round < batches; round++) {
      for (let nth = 0; nth < batch; nth++) send(round * batch + nth, agent)
      await expect.poll(() => engine.sizes().inbound, { interval: 1 }).toBe(batch)
      engine.ban('127.0.0.1', 60_000)
      expect(engine.sizes()).toMatchObject({ inbound: 0, transactions: 0, dialogs: 0 })
      engine.bans.unban('127.0.0.1')
      // The 100 of an INVITE waits for so long.
      clock.advance(1_000)
    }
    clock.advance(60_000)
    expect(engine.sizes()).toMatchObject({ inbound: 0, transactions: 0 })
    expect(heard.filter((text) => !allowed.test(text))).toEqual([])
  },
)

test('a ban leaves what others have asked', async () => {
  const { engine, send } = await openAll()
  send(1, 'a phone')
  await expect.poll(() => engine.sizes().inbound, { interval: 1 }).toBe(1)
  engine.ban('127.0.0.2', 60_000)
  expect(engine.sizes()).toMatchObject({ inbound: 1, transactions: 1 })
})
