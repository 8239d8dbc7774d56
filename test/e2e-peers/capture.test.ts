import { createSocket } from 'node:dgram'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startCapture } from '../support/capture.ts'
import { expectSound } from '../support/expect-sound.ts'
import { takePort } from '../support/gate-ports.ts'

const timeout = 60_000

/** End-to-end tests whose traffic nobody judges, and why. */
const unjudged: Readonly<Record<string, string>> = {
  'catalogue.test.ts': 'sends nothing',
  'flood.test.ts': 'ten thousand INVITEs a second, all of them alike',
  'transports.test.ts': 'TLS in this very process, which writes no secrets; the peers have TLS too',
}

function options(contentLength: string): string {
  const head = ['OPTIONS sip:a@127.0.0.1 SIP/2.0', 'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa']
  const who = ['From: <sip:b@127.0.0.1>;tag=1', 'To: <sip:a@127.0.0.1>', 'Call-ID: a']
  const end = ['CSeq: 1 OPTIONS', 'Max-Forwards: 70', `Content-Length: ${contentLength}`]
  return `${[...head, ...who, ...end].join('\r\n')}\r\n\r\n`
}

test('a message that tshark cannot read or warns of is found, and a sound one passes', {
  timeout,
}, async () => {
  await using capture = await startCapture()
  const port = await takePort()
  const socket = createSocket('udp4')
  socket.send(options('0'), port, '127.0.0.1')
  socket.send(options('many'), port, '127.0.0.1')
  socket.send(options('0').slice(0, -4), port, '127.0.0.1')
  const packets = await capture.read()
  socket.close()
  expect(packets.map(({ toPort }) => toPort)).toEqual([port, port, port])
  expectSound(packets.slice(0, 1), ['OPTIONS'])
  expect(packets.map(({ malformed }) => malformed)).toEqual([false, true, true])
  expect(packets.map(({ warnings }) => warnings.length)).toEqual([0, 0, 1])
  for (const packet of packets.slice(1)) expect(() => expectSound([packet], [])).toThrow()
  expect(() => expectSound(packets.slice(0, 1), ['INVITE'])).toThrow('INVITE')
})

test('the traffic of every end-to-end test is judged, unless it is said why not', async () => {
  const folder = join(import.meta.dirname, '..', 'e2e')
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'))
  const judged = await Promise.all(
    files.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return text.includes('\njudgeTraffic()\n') || text.includes('startCapture()')
    }),
  )
  const others = files.filter((_, at) => !judged[at])
  expect(others.toSorted()).toEqual(Object.keys(unjudged))
})
