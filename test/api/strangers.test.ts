import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Strangers, strangersOfSourceMax } from '../../src/api/strangers.ts'
import { startApi } from '../support/api.ts'
import { dialLine, type RawLine } from './raw-line.ts'

let stack: AsyncDisposableStack

beforeEach(() => {
  stack = new AsyncDisposableStack()
})
afterEach(() => stack.disposeAsync())

async function listeningApi() {
  const api = stack.use(await startApi())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const dial = async (from?: string) => stack.use(await dialLine(port, from))
  const many = async (count: number, from?: string) => {
    const lines: RawLine[] = []
    while (lines.length < count) lines.push(await dial(from))
    return lines
  }
  return { api, dial, many }
}

const isOpen = ({ socket }: RawLine) => !socket.destroyed && !socket.closed
const patience = { timeout: 20_000, interval: 5 }

test('a stranger has so many connections and no more: those that wait longest are closed', async () => {
  const { many, dial, api } = await listeningApi()
  const other = await dial('127.0.0.2')
  const lines = await many(strangersOfSourceMax + 5, '127.0.0.3')
  await Promise.all(lines.slice(0, 5).map(({ closed }) => closed))
  expect(lines.slice(5).every(isOpen)).toBe(true)
  expect(isOpen(other)).toBe(true)
  // Who has a key comes in from there as well.
  const known = await dial('127.0.0.3')
  const bearer = `Authorization: Bearer ${api.textOf('admin')}`
  known.socket.write(`GET /v1/keys?limit=1 HTTP/1.1\r\nHost: gate\r\n${bearer}\r\n\r\n`)
  await expect.poll(() => known.text(), patience).toContain('HTTP/1.1 200 ')
})

test('a connection on which somebody known is answered is none of a stranger', async () => {
  const { many, dial, api } = await listeningApi()
  const stream = await dial()
  const bearer = `Authorization: Bearer ${api.textOf('admin')}`
  stream.socket.write(`GET /v1/calls/stream HTTP/1.1\r\nHost: gate\r\n${bearer}\r\n\r\n`)
  await expect.poll(() => stream.text(), patience).toContain('HTTP/1.1 200 ')
  const [first] = await many(strangersOfSourceMax + 1)
  await first?.closed
  expect(isOpen(stream)).toBe(true)
})

/** A socket that says where it comes from and that it is closed. */
class Caller extends EventEmitter {
  readonly remotePort: number
  readonly remoteAddress: string
  destroyed = false

  constructor(remoteAddress: string, remotePort: number) {
    super()
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

test('a source of IPv6 is its /64, and one that is idle again counts again', () => {
  const strangers = new Strangers()
  const server = strangers.watch(new EventEmitter() as Server)
  const came: Caller[] = []
  const call = (address: string) => {
    const caller = new Caller(address, came.length)
    came.push(caller)
    server.emit('connection', caller as unknown as Socket)
    return caller
  }
  const known = call('2001:db8:1:2::1')
  const leave = strangers.know(known)
  const leaveToo = strangers.know(known)
  for (let at = 0; at < strangersOfSourceMax; at++) call(`2001:db8:1:2:${at.toString(16)}::9`)
  call('2001:db8:1:3::1')
  expect(came.some(({ destroyed }) => destroyed)).toBe(false)
  leave()
  expect(came.some(({ destroyed }) => destroyed)).toBe(false)
  leaveToo()
  expect(came.map(({ destroyed }) => destroyed).indexOf(true)).toBe(1)
  for (const caller of came) caller.destroy()
  const fresh = Array.from({ length: strangersOfSourceMax }, () => call('2001:db8:1:2::1'))
  expect(fresh.some(({ destroyed }) => destroyed)).toBe(false)
})
