import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection on which anything may be said; what does not end is cut off when it is disposed of. */
export interface RawLine extends AsyncDisposable {
  readonly socket: Socket
  /** What has come so far. */
  text(): string
  /** Resolves with all that came once the other side has closed. */
  readonly closed: Promise<string>
}

/** Connects to a port of loopback, from an address of it. */
export async function dialLine(port: number, localAddress = '127.0.0.1'): Promise<RawLine> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => undefined)
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  await once(socket, 'connect')
  const dispose = async () => void socket.destroy()
  return { socket, text: () => text, closed, [Symbol.asyncDispose]: dispose }
}
