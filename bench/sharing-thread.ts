import { createSocket } from 'node:dgram'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Response } from '../src/engine/message/message.ts'
import { parseMessage } from '../src/engine/message/parse.ts'
import { serialize } from '../src/engine/message/serialize.ts'

// One of the threads that share a port: reads each request, answers it with 200, counts.

/** What such a thread is told: where, and to whom it hands what is not its own, if to anybody. */
export interface SharingThread {
  readonly port: number
  readonly sibling: MessagePort | undefined
  /** How many in ten it has to hand on. */
  readonly handedInTen: number
}

/** A datagram that is handed on, and where it came from. */
interface Handed {
  readonly bytes: Uint8Array
  readonly port: number
}

const { port, sibling, handedInTen } = workerData as SharingThread
const socket = createSocket({ type: 'udp4', reusePort: true, recvBufferSize: 4 * 1024 * 1024 })
let count = 0
let arrived = 0
let waiting: Handed[] = []

function serve(bytes: Buffer, toPort: number): void {
  const read = parseMessage(bytes, 'datagram')
  if (!read.ok) throw new Error(read.reason)
  const { headers, body } = read.message
  const answer: Response = { kind: 'response', status: 200, reason: 'OK', headers, body }
  socket.send(serialize(answer), toPort, '127.0.0.1')
  count++
}

/** All that is handed on in one turn of the loop goes in one message, which is cheapest. */
function handOn(bytes: Buffer, toPort: number): void {
  if (waiting.length === 0) {
    setImmediate(() => {
      sibling?.postMessage(waiting)
      waiting = []
    })
  }
  waiting.push({ bytes: Uint8Array.from(bytes), port: toPort })
}

socket.on('message', (bytes, from) => {
  if (sibling && arrived++ % 10 < handedInTen) handOn(bytes, from.port)
  else serve(bytes, from.port)
})
sibling?.on('message', (handed: readonly Handed[]) => {
  for (const one of handed) serve(Buffer.from(one.bytes), one.port)
})
parentPort?.on('message', () => parentPort?.postMessage(count))
socket.bind(port, '127.0.0.1', () => parentPort?.postMessage('ready'))
