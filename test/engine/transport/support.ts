import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket as TcpSocket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { TransportLimits } from '../../../src/engine/transport/limits.ts'
import { openTransport, type TransportSettings } from '../../../src/engine/transport/open.ts'
import type { Arrival, Protocol } from '../../../src/engine/transport/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** A transport on loopback ports of its own, with what it hands up in a queue to await. */
export async function openOnLoopback(
  protocols: readonly Protocol[],
  limits: Partial<TransportLimits> = {},
  more: Partial<TransportSettings> & { readonly address?: string } = {},
) {
  const clock = new FakeClock()
  const arrivals = queue<Arrival>()
  const { address = '127.0.0.1', ...settings } = more
  const listeners = protocols.map((protocol) => ({ protocol, address, port: 0 }))
  const events = { onMessage: arrivals.put }
  const transport = await openTransport({ listeners, clock, events, limits, ...settings })
  onTestFinished(() => transport.close())
  const ports = transport.listeners.map(({ port }) => port)
  return { transport, clock, arrivals, port: ports[0] ?? 0, ports }
}

/** Things that come one by one: `next` waits for the next, however early or late it comes. */
export function queue<T>() {
  const waiting: ((item: T) => void)[] = []
  const items: T[] = []
  return {
    put: (item: T) => {
      const taker = waiting.shift()
      if (taker) taker(item)
      else items.push(item)
    },
    next: () =>
      new Promise<T>((resolve) => {
        const [item] = items.splice(0, 1)
        if (item === undefined) waiting.push(resolve)
        else resolve(item)
      }),
    get length() {
      return items.length
    },
  }
}

/** A UDP peer on loopback with what it receives in a queue. */
export async function udpPeer(address = '127.0.0.1') {
  const socket: Socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const received = queue<{ readonly text: string; readonly port: number }>()
  socket.on('message', (bytes, { port }) => received.put({ text: bytes.toString(), port }))
  socket.bind(0, address)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { socket, received, port: socket.address().port }
}

/** A TCP connection to a port; `text` waits for bytes that end in `ending`. */
export async function tcpPeer(port: number, address = '127.0.0.1') {
  const socket: TcpSocket = connect(port, address)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return { socket, closed, text: (ending: string) => textUntil(socket, ending) }
}

/** What a socket receives up to and with `ending`. */
export async function textUntil(socket: TcpSocket, ending: string): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.endsWith(ending)) break
  }
  return text
}

/** An OPTIONS request as text, with its Via value to choose. */
export function options(via: string, more = ''): string {
  return [
    'OPTIONS sip:gate@127.0.0.1 SIP/2.0',
    `Via: ${via}`,
    'From: <sip:alice@127.0.0.1>;tag=a1',
    'To: <sip:gate@127.0.0.1>',
    'Call-ID: call-1@127.0.0.1',
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    `${more}Content-Length: 0`,
    '',
    '',
  ].join('\r\n')
}
