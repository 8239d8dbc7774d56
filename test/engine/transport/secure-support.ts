import { once } from 'node:events'
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { type TestCertificate, testCa } from '../../support/certificates.ts'
import { queue, textUntil } from './support.ts'

/** One CA for all tests of a file: making keys takes time. */
export const ca = await testCa()

/** What a gate calls itself in these tests. */
export const own = await ca.issue('DNS:gate.example', 'IP:127.0.0.1', 'IP:::1')

/** A TLS client, its handshake done. */
export async function tlsPeer(port: number, options: ConnectionOptions = {}) {
  const host = options.host ?? '127.0.0.1'
  const settings = { host, port, ca: ca.pem, servername: 'gate.example', ...options }
  const socket = connect(settings)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return { socket, closed, text: (ending: string) => textUntil(socket, ending) }
}

/** A TLS server on loopback with its secured sockets in a queue, and the names asked for. */
export async function tlsServer(own: TestCertificate, options: object = {}) {
  const sockets = queue<TLSSocket>()
  const names: (string | undefined)[] = []
  const server = createServer({
    cert: own.certificate,
    key: own.key,
    SNICallback: (name, done) => {
      names.push(name)
      done(null)
    },
    ...options,
  })
  server.on('secureConnection', sockets.put)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return { server, sockets, names, port: address && typeof address === 'object' ? address.port : 0 }
}
