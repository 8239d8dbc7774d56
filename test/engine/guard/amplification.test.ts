import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../../src/engine/engine.ts'
import { debtBytesMax } from '../../../src/engine/guard/flood-guard.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { udpPeer } from '../transport/support.ts'

const invite = (port: number, nth: number, more = '') =>
  [
    'INVITE sip:bob@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${nth}`,
    'From: <sip:a@a>;tag=1',
    'To: <sip:b@b>',
    `Call-ID: ${nth}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:a@a>',
    `Max-Forwards: 70${more}`,
    '',
    '',
  ].join('\r\n')

/** An engine with an application that answers every INVITE as it is told, and a caller beside it. */
async function openBoth(answer: string | undefined) {
  const clock = new FakeClock()
  const engine = await openEngine(
    {
      listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
      admin: { address: '127.0.0.1', port: 0, secret: 'known' },
    },
    { clock, random: countedRandom() },
  )
  onTestFinished(() => engine.close())
  const app = connect(engine.adminPort, '127.0.0.1')
  onTestFinished(() => void app.destroy())
  await once(app, 'connect')
  const send = (text: string) => app.write(`${Buffer.byteLength(text)}#${text}`)
  send('a|authenticate|known|tag')
  await once(app, 'data')
  send('b|route|invite')
  await once(app, 'data')
  const counts = { sent: 0, received: 0, texts: [] as string[], asked: 0, answered: 0 }
  let lastId = ''
  const say = (what: string) => send(`c|sip|${lastId}||\r\nSIP/2.0 ${what}\r\n\r\n`)
  app.on('data', (chunk) => {
    counts.answered += String(chunk).split('|response|c|').length - 1
    for (const [, facts = ''] of String(chunk).matchAll(/#([^#\r]*)\r\nINVITE /g)) {
      counts.asked += 1
      lastId = facts.split('|')[8] ?? ''
      if (answer !== undefined) say(answer)
    }
  })
  const peer = await udpPeer()
  peer.socket.on('message', (bytes) => {
    counts.received += bytes.length
    counts.texts.push(bytes.toString())
  })
  const port = engine.listeners[0]?.port ?? 0
  return {
    clock,
    counts,
    peer,
    /** Has the application answer the last INVITE. */
    refuse: say,
    send: (text: string) => {
      counts.sent += text.length
      peer.socket.send(text, port, '127.0.0.1')
    },
    /** Lets what is under way arrive, and then time pass. */
    pass: async (ms: number) => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      clock.advance(ms)
    },
  }
}

const statuses = (texts: readonly string[]) => texts.map((text) => text.slice(8, 11))

test.each([
  ['refused', '403 Forbidden'],
  ['challenged', `401 Unauthorized\r\nWWW-Authenticate: Digest realm="${'x'.repeat(300)}"`],
  ['left ringing for ever', undefined],
])(
  'INVITEs from a stranger that are %s are answered with no more bytes, but for one debt',
  async (_, answer) => {
    const { counts, peer, send, pass } = await openBoth(answer)
    for (let nth = 0; nth < 20; nth++) send(invite(peer.port, nth))
    for (let atMs = 0; atMs < 40_000; atMs += 500) {
      await pass(500)
      expect(counts.received).toBeLessThanOrEqual(counts.sent + debtBytesMax)
    }
  },
)

test('a stranger who is refused at once hears the refusal without a 100 before it', async () => {
  const { counts, peer, send, pass } = await openBoth('403 Forbidden')
  send(invite(peer.port, 1))
  await expect.poll(() => counts.texts.length).toBe(1)
  await pass(10_000)
  await pass(0)
  expect(counts.texts.every((text) => text.startsWith('SIP/2.0 403'))).toBe(true)
})

test('a stranger whose INVITE pays for it hears 100 at once, and then the refusal', async () => {
  const { counts, peer, send } = await openBoth('403 Forbidden')
  send(invite(peer.port, 1, `\r\nSubject: ${'x'.repeat(600)}`))
  await expect.poll(() => statuses(counts.texts)).toEqual(['100', '403'])
})

test('a stranger whom nobody answers hears 100 to a short INVITE after 200 ms', async () => {
  const { counts, peer, send, pass } = await openBoth(undefined)
  send(invite(peer.port, 1))
  await expect.poll(() => counts.asked).toBe(1)
  await pass(199)
  await pass(0)
  expect(counts.texts).toEqual([])
  await pass(1)
  await expect.poll(() => statuses(counts.texts)).toEqual(['100'])
})

test('a stranger hears the refusal of a short INVITE also when it comes after the 100', async () => {
  const { counts, peer, send, pass, refuse } = await openBoth(undefined)
  send(invite(peer.port, 1))
  await expect.poll(() => counts.asked).toBe(1)
  await pass(200)
  await expect.poll(() => statuses(counts.texts)).toEqual(['100'])
  refuse(
    `407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm="${'x'.repeat(200)}"`,
  )
  await expect.poll(() => statuses(counts.texts)).toEqual(['100', '407'])
})

/** A caller who has acknowledged eight refusals, and the statuses that it heard. */
async function refusedOften() {
  const both = await openBoth(undefined)
  const { counts, peer, send, refuse } = both
  for (let nth = 1; nth <= 8; nth++) {
    send(longInvite(peer.port, nth))
    await expect.poll(() => counts.asked).toBe(nth)
    refuse('403 Forbidden')
    await expect.poll(() => statuses(counts.texts)).toEqual(Array(nth).fill(['100', '403']).flat())
    const to = /^To: .*$/m.exec(counts.texts.at(-1) ?? '')?.[0].trim() ?? ''
    send(
      invite(peer.port, nth)
        .replaceAll('INVITE', 'ACK')
        .replace(/^To: .*$/m, to),
    )
  }
  counts.texts.length = 0
  return both
}

const longInvite = (port: number, nth: number) =>
  invite(port, nth, `\r\nSubject: ${'x'.repeat(600)}`)

test('a caller who is only ever refused hears the next refusal without a 100 before it', async () => {
  const { counts, peer, send, refuse } = await refusedOften()
  send(longInvite(peer.port, 9))
  await expect.poll(() => counts.asked).toBe(9)
  refuse('403 Forbidden')
  await expect.poll(() => statuses(counts.texts)).toEqual(['403'])
})

test('a caller who is only ever refused hears 100 after 200 ms where no answer came', async () => {
  const { counts, peer, send, pass } = await refusedOften()
  send(longInvite(peer.port, 9))
  await expect.poll(() => counts.asked).toBe(9)
  await pass(199)
  await pass(0)
  expect(counts.texts).toEqual([])
  await pass(1)
  await expect.poll(() => statuses(counts.texts)).toEqual(['100'])
})

test('a challenge beyond what may be owed comes when the INVITE is repeated', async () => {
  const large = `401 Unauthorized\r\nWWW-Authenticate: Digest realm="${'x'.repeat(900)}"`
  const { counts, peer, send } = await openBoth(large)
  send(invite(peer.port, 1))
  await expect.poll(() => counts.answered).toBe(1)
  expect(counts.texts).toEqual([])
  for (let time = 0; time < 3; time++) send(invite(peer.port, 1))
  await expect.poll(() => counts.texts.length).toBeGreaterThan(0)
  expect(counts.texts[0]).toMatch(/^SIP\/2.0 401 /)
})

test('a caller whom the application serves hears all of it: 100, then the answer', async () => {
  const { counts, peer, send } = await openBoth('180 Ringing')
  send(invite(peer.port, 1))
  await expect.poll(() => counts.texts.length).toBe(2)
  expect(statuses(counts.texts)).toEqual(['100', '180'])
})
