import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { keepPort } from './gate-ports.ts'
import { seededChance } from './seeded-chance.ts'

const datagramsMax = 1_000_000

/** How badly the network behaves: shares of all datagrams, 0 to 1. */
export interface Weather {
  readonly lost: number
  readonly doubled: number
  /** Held back for up to `delayMaxMs`, so that later ones overtake. */
  readonly delayed: number
  readonly delayMaxMs: number
}

export interface LossyRelayOptions {
  readonly seed: number
  readonly weather: Weather
  /** Where the phone (SIPp) has its socket. */
  readonly phonePort: number
  /** Where the gate is; only a phone that calls needs it before the gate has spoken. */
  readonly gatePort?: number | undefined
}

/** A bad network between a phone and the gate, both ways. */
export interface LossyRelay extends AsyncDisposable {
  /** What the phone calls. */
  readonly phoneSide: number
  /** What the gate sees of the phone: its address in Via and Contact is rewritten to this one. */
  readonly gateSide: number
  /** Datagrams so far. */
  readonly counts: { readonly seen: number; readonly lost: number; readonly doubled: number }
}

/** Opens the relay. The same seed gives the same luck, datagram by datagram. */
export async function openLossyRelay(options: LossyRelayOptions): Promise<LossyRelay> {
  const chance = seededChance(options.seed)
  const [phoneSide, gateSide] = [await keepPort(), await keepPort()]
  const toPhone = await bind(phoneSide)
  const toGate = await bind(gateSide)
  const counts = { seen: 0, lost: 0, doubled: 0 }
  const timers = new Set<NodeJS.Timeout>()
  let gatePort = options.gatePort

  function pass(send: () => void): void {
    const { lost, doubled, delayed, delayMaxMs } = options.weather
    if (++counts.seen > datagramsMax) return
    if (chance() < lost) {
      counts.lost++
      return
    }
    const copies = chance() < doubled ? 2 : 1
    counts.doubled += copies - 1
    for (let copy = 0; copy < copies; copy++) {
      if (chance() >= delayed) {
        send()
        continue
      }
      const timer = setTimeout(() => {
        timers.delete(timer)
        send()
      }, chance() * delayMaxMs)
      timers.add(timer)
    }
  }

  // Ports have five digits on both sides, so no length in the message changes.
  const phoneAddress = `127.0.0.1:${options.phonePort}`
  const shownAddress = `127.0.0.1:${gateSide}`
  toPhone.on('message', (bytes) => {
    const shown = bytes.toString('latin1').replaceAll(phoneAddress, shownAddress)
    pass(() => {
      if (gatePort !== undefined) toGate.send(Buffer.from(shown, 'latin1'), gatePort, '127.0.0.1')
    })
  })
  toGate.on('message', (bytes, from) => {
    gatePort ??= from.port
    pass(() => toPhone.send(bytes, options.phonePort, '127.0.0.1'))
  })

  return {
    phoneSide,
    gateSide,
    counts,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer)
      toPhone.close()
      toGate.close()
    },
  }
}

async function bind(port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  // A phone that has gone answers with ICMP; for a bad network that is one loss more.
  socket.on('error', () => undefined)
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}
