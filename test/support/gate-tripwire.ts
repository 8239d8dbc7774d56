import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A carrier's address that must stay quiet. */
export interface Tripwire extends AsyncDisposable {
  /** First lines of what came nevertheless. */
  readonly heard: readonly string[]
}

/** Listens on a port for UDP and TCP, answers nothing, and remembers whoever called. */
export async function openTripwire(port: number): Promise<Tripwire> {
  const heard: string[] = []
  const udp = createSocket('udp4')
  udp.on('message', (bytes) => heard.push(bytes.toString('latin1').split('\r\n', 1)[0] ?? ''))
  udp.bind(port, '127.0.0.1')
  const tcp = createServer((socket) => {
    heard.push('a TCP connection')
    socket.on('error', () => undefined)
    socket.destroy()
  })
  tcp.listen(port, '127.0.0.1')
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')])
  return {
    heard,
    [Symbol.asyncDispose]: async () => {
      udp.close()
      tcp.close()
      await Promise.all([once(udp, 'close'), once(tcp, 'close')])
    },
  }
}
