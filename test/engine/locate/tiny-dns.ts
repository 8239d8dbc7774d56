import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** Records as a DNS server holds them: name and type to the data of each record. */
export type Records = Readonly<Record<string, readonly Buffer[]>>

const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR' }
const headerBytes = 12
const noSuchName = 3

/** A DNS server on a loopback port: answers what it knows, and that the rest does not exist. */
export async function openTinyDns(records: Records, ttlS: number) {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query)
    const wanted = `${types[type]} ${name}`
    asked.push(wanted)
    const found = records[wanted] ?? []
    const header = Buffer.alloc(headerBytes)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8180 | (found.length > 0 ? 0 : noSuchName), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(found.length, 6)
    const answers = found.flatMap((data) => [answerHead(type, ttlS, data.length), data])
    const bytes = Buffer.concat([header, query.subarray(headerBytes, end), ...answers])
    socket.send(bytes, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() }
}

/** RFC 1035 3.3: a name as labels. */
export function labels(name: string): Buffer {
  const parts = name
    .split('.')
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)])
  return Buffer.concat([...parts, Buffer.from([0])])
}

/** RFC 2782. */
export function srvData(target: string, port: number, priority = 10, weight = 0): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt16BE(priority, 0)
  head.writeUInt16BE(weight, 2)
  head.writeUInt16BE(port, 4)
  return Buffer.concat([head, labels(target)])
}

/** RFC 3403 4.1. */
export function naptrData(order: number, service: string, replacement: string): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(order, 0)
  const texts = ['s', service, ''].flatMap((text) => [
    Buffer.from([text.length]),
    Buffer.from(text),
  ])
  return Buffer.concat([head, ...texts, labels(replacement)])
}

function answerHead(type: number, ttlS: number, dataBytes: number): Buffer {
  const head = Buffer.alloc(12)
  // RFC 1035 4.1.4: the name is that of the question.
  head.writeUInt16BE(0xc000 | headerBytes, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttlS, 6)
  head.writeUInt16BE(dataBytes, 10)
  return head
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const parts: string[] = []
  let at = headerBytes
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    parts.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += length + 1
  }
  return { name: parts.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 }
}
