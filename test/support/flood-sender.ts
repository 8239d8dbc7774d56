import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

// Run by flood.ts: sends INVITEs from loopback addresses until it is told to stop, then says how many.

/** How often it catches up with its rate, milliseconds. */
const periodMs = 5
/** It never sends more than this at once, however late it is. */
const burstMax = 1_000
const digits = 10

const [port = 0, perS = 0, sources = 1] = process.argv.slice(2).map(Number)

const text = (address: string) =>
  [
    'INVITE sip:+14155550100@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP ${address}:5060;branch=z9hG4bK0000000000;rport`,
    `From: <sip:flood@${address}>;tag=f`,
    'To: <sip:+14155550100@127.0.0.1>',
    'Call-ID: 0000000000',
    'CSeq: 1 INVITE',
    `Contact: <sip:flood@${address}:5060>`,
    'Max-Forwards: 70',
    'X-API-Key: tg_live_nobody_knows_this_key',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')

interface Source {
  readonly socket: Socket
  readonly datagram: Buffer
  /** Where the number of the datagram stands in it. */
  readonly numbers: readonly number[]
}

async function open(nth: number): Promise<Source> {
  const address = `127.${1 + (nth % 250)}.${(nth >> 8) & 255}.${2 + (nth % 251)}`
  const socket = createSocket('udp4')
  socket.on('error', () => undefined)
  socket.bind(0, address)
  await once(socket, 'listening')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const datagram = Buffer.from(text(address))
  const branchAt = datagram.indexOf('z9hG4bK') + 'z9hG4bK'.length
  const callIdAt = datagram.indexOf('Call-ID: ') + 'Call-ID: '.length
  return { socket, datagram, numbers: [branchAt, callIdAt] }
}

const opened = await Promise.all(Array.from({ length: sources }, (_, nth) => open(nth)))
const startedMs = performance.now()
let sent = 0

function send(): void {
  const due = Math.floor(((performance.now() - startedMs) / 1_000) * perS)
  for (const end = Math.min(due, sent + burstMax); sent < end; sent++) {
    const source = opened[sent % opened.length]
    if (!source) return
    // A copy: the last one may not have left yet.
    const datagram = Buffer.from(source.datagram)
    for (const at of source.numbers) datagram.write(String(sent).padStart(digits, '0'), at)
    source.socket.send(datagram)
  }
}

const sending = setInterval(send, periodMs)
process.stdin.once('data', () => {
  clearInterval(sending)
  const seconds = (performance.now() - startedMs) / 1_000
  process.stdout.write(JSON.stringify({ sent, seconds }), () => process.exit())
})
process.stdin.once('end', () => process.exit())
process.stdout.write('ready\n')
