import { expect, onTestFinished, test } from 'vitest'
import { startEngine } from '../../../src/engine/start.ts'
import { options, udpPeer } from '../transport/support.ts'

test('a ban reaches the engine in its thread at once, and so does its end', async () => {
  const engine = await startEngine({
    listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
    admin: { address: '127.0.0.1', port: 0, secret: 'known' },
  })
  onTestFinished(() => engine.close())
  const [listener] = engine.listeners
  const [peer, other] = [await udpPeer(), await udpPeer('127.0.0.2')]
  const send = (from: typeof peer, branch: string) => {
    const via = `SIP/2.0/UDP 127.0.0.1:${from.port};branch=z9hG4bK${branch}`
    from.socket.send(options(via), listener?.port ?? 0, '127.0.0.1')
  }
  engine.bans.ban('127.0.0.1', 60_000)
  expect(await engine.bans.list()).toEqual([{ source: '127.0.0.1', untilMs: expect.any(Number) }])
  send(peer, 'banned')
  // One socket takes both, in order: with the second answered, the first has been dropped.
  send(other, 'other')
  await other.received.next()
  engine.bans.unban('127.0.0.1')
  expect(await engine.bans.list()).toEqual([])
  send(peer, 'free')
  expect((await peer.received.next()).text).toContain('branch=z9hG4bKfree')
  await engine.close()
  expect(await engine.bans.list()).toEqual([])
})
