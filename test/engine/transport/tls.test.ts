import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { firstHeader } from '../../../src/engine/message/headers.ts'
import { responseDestination } from '../../../src/engine/transport/received.ts'
import type { TlsSettings } from '../../../src/engine/transport/secure.ts'
import type { Arrival, Destination } from '../../../src/engine/transport/types.ts'
import { testCa } from '../../support/certificates.ts'
import { ca, own, tlsPeer, tlsServer } from './secure-support.ts'
import { openOnLoopback, options, queue } from './support.ts'

const noError = () => undefined
const via = 'SIP/2.0/TLS 127.0.0.1:5099;branch=z9hG4bK1'
const answer = 'SIP/2.0 200 OK\r\n\r\n'

type RequestArrival = Arrival & { message: { kind: 'request' } }

function open(tls: Partial<TlsSettings> = {}, limits = {}, address = '127.0.0.1') {
  return openOnLoopback(['tls'], limits, {
    tls: { ...own, serverCa: ca.pem, ...tls },
    address,
  })
}

function tls(port: number, serverName: string): Destination {
  return { protocol: 'tls', address: '127.0.0.1', port, serverName }
}

test.each(['127.0.0.1', '::1'])(
  'a request over TLS at %s is answered over its connection',
  async (address) => {
    const { transport, arrivals, port } = await open({}, {}, address)
    const peer = await tlsPeer(port, { host: address })
    peer.socket.write(options(via))
    const arrival = (await arrivals.next()) as RequestArrival
    expect(arrival.source).toMatchObject({ protocol: 'tls', address })
    expect(arrival.certificate).toBeUndefined()
    transport.send(Buffer.from(answer), responseDestination(arrival), noError)
    expect(await peer.text('\r\n\r\n')).toBe(answer)
  },
)

test('nothing older than TLS 1.2 is spoken', async () => {
  const { port } = await open()
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const
  await expect(tlsPeer(port, { ...old, ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow()
})

test('a connection has one handshake: what a client has proved does not change on it', async () => {
  const { arrivals, port } = await open()
  const { socket } = await tlsPeer(port, { maxVersion: 'TLSv1.2' })
  const witness = await tlsPeer(port)
  let isShaken = false
  socket.resume()
  socket.renegotiate({}, () => {
    isShaken = true
  })
  // Where it is allowed it is over within two of these.
  for (let nth = 0; nth < 20; nth++) {
    witness.socket.write(options(via))
    await arrivals.next()
  }
  expect(isShaken).toBe(false)
})

test('a client gets the certificate of the name it asks for, and the first one otherwise', async () => {
  const other = await ca.issue('DNS:other.example')
  const { port } = await open({ names: [{ name: 'Other.Example', ...other }] })
  const shown = async (servername: string) => {
    const { socket } = await tlsPeer(port, { servername, checkServerIdentity: () => undefined })
    return socket.getPeerCertificate().subjectaltname
  }
  expect(await shown('other.example')).toBe('DNS:other.example')
  expect(await shown('gate.example')).toContain('DNS:gate.example')
  expect(await shown('OTHER.example')).toBe('DNS:other.example')
  expect(await shown('third.example')).toContain('DNS:gate.example')
})

test('messages leave for a server whose certificate names the host, on one connection', async () => {
  const { transport, arrivals } = await open()
  const { sockets, names, port } = await tlsServer(await ca.issue('DNS:carrier.example'))
  transport.send(Buffer.from('one.'), tls(port, 'Carrier.Example'), noError)
  transport.send(Buffer.from('two.'), tls(port, 'carrier.example'), noError)
  const socket = await sockets.next()
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.endsWith('two.')) break
  }
  expect(text).toBe('one.two.')
  expect(names).toEqual(['Carrier.Example'])
  socket.write(options(via))
  expect((await arrivals.next()).source.port).toBe(port)
  expect(sockets.length).toBe(0)
})

test.each([
  ['another host', ['DNS:other.example']],
  ['a wildcard', ['DNS:*.example']],
  ['a person', ['URI:sip:carrier@carrier.example']],
  ['another host by URI, whatever its DNS names', ['URI:sip:other.example', 'DNS:carrier.example']],
])('not a byte goes to a server whose certificate names %s', async (_what, names) => {
  const { transport } = await open()
  const { server, sockets, port } = await tlsServer(await ca.issue(...names))
  const accepted = once(server, 'connection')
  const errors = queue<string>()
  const received: Buffer[] = []
  transport.send(Buffer.from('secret'), tls(port, 'carrier.example'), (cause) =>
    errors.put(cause.message),
  )
  void sockets.next().then((socket) => socket.on('data', (chunk) => received.push(chunk)))
  const [plain] = await accepted
  expect(await errors.next()).toContain('names others')
  if (!plain.closed) await once(plain, 'close')
  expect(received).toEqual([])
})

test.each([
  ['sends what is queued', 'carrier.example', ['last.']],
  ['sends nothing', 'other.example', []],
] as const)('closing before a server has proved its name: %s to %s', async (_what, name, texts) => {
  const { transport } = await open()
  const { server, sockets, port } = await tlsServer(await ca.issue('DNS:carrier.example'))
  const accepted = once(server, 'connection')
  const received: string[] = []
  transport.send(Buffer.from('last.'), tls(port, name), noError)
  void sockets.next().then((socket) => socket.on('data', (chunk) => received.push(String(chunk))))
  const closed = transport.close()
  const [plain] = await accepted
  if (!plain.closed) await once(plain, 'close')
  await closed
  expect(received).toEqual(texts)
})

test('a server of an unknown CA is refused, and a plain one as well', async () => {
  const { transport } = await open()
  const { port } = await tlsServer(await (await testCa('Other')).issue('DNS:carrier.example'))
  const errors = queue<string>()
  transport.send(Buffer.from('x'), tls(port, 'carrier.example'), ({ message }) =>
    errors.put(message),
  )
  expect(await errors.next()).toMatch(/self-signed|unable to|certificate/i)
})

test('a server that a URI names by address has to have that address in its certificate', async () => {
  const { transport } = await open()
  const good = await tlsServer(await ca.issue('IP:127.0.0.1'))
  transport.send(Buffer.from('x'), tls(good.port, '127.0.0.1'), noError)
  const socket = await good.sockets.next()
  expect(String((await once(socket, 'data'))[0])).toBe('x')
  expect(good.names).toEqual([])
  const bad = await tlsServer(await ca.issue('IP:127.0.0.2'))
  const errors = queue<string>()
  transport.send(Buffer.from('x'), tls(bad.port, '127.0.0.1'), ({ message }) => errors.put(message))
  expect(await errors.next()).toContain('names others')
})

test('a connection to one proved name is not used for another one', async () => {
  const { transport } = await open()
  const { sockets, port } = await tlsServer(await ca.issue('DNS:one.example', 'DNS:two.example'))
  transport.send(Buffer.from('x'), tls(port, 'one.example'), noError)
  await sockets.next()
  transport.send(Buffer.from('x'), tls(port, 'two.example'), noError)
  await sockets.next()
})

test('a client certificate is handed up by fingerprint, by name only when its CA is ours', async () => {
  const { arrivals, port } = await open({ clientCertificates: 'optional', clientCa: ca.pem })
  const known = await ca.issue('DNS:PBX.example')
  const strange = await (await testCa('Strange')).issue('DNS:pbx.example')
  const arrivalOf = async (shown: typeof known) => {
    const peer = await tlsPeer(port, { cert: shown.certificate, key: shown.key })
    peer.socket.write(options(via))
    return (await arrivals.next()).certificate
  }
  const fingerprintOf = (pem: string) =>
    new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
  expect(await arrivalOf(known)).toEqual({
    fingerprint256: fingerprintOf(known.certificate),
    verifiedNames: ['pbx.example'],
  })
  expect(await arrivalOf(strange)).toEqual({
    fingerprint256: fingerprintOf(strange.certificate),
    verifiedNames: [],
  })
  const bare = await tlsPeer(port)
  bare.socket.write(options(via))
  expect((await arrivals.next()).certificate).toBeUndefined()
})

test('without a client CA a certificate names nobody', async () => {
  const { arrivals, port } = await open({ clientCertificates: 'optional' })
  const shown = await ca.issue('DNS:pbx.example')
  const peer = await tlsPeer(port, { cert: shown.certificate, key: shown.key })
  peer.socket.write(options(via))
  expect((await arrivals.next()).certificate?.verifiedNames).toEqual([])
})

test('where certificates are required, nobody comes in without one that verifies', async () => {
  const { arrivals, port } = await open({ clientCertificates: 'required', clientCa: ca.pem })
  const strange = await (await testCa('Strange')).issue('DNS:pbx.example')
  const bare = await tlsPeer(port)
  await bare.closed
  const stranger = await tlsPeer(port, { cert: strange.certificate, key: strange.key })
  await stranger.closed
  const known = await ca.issue('DNS:pbx.example')
  const peer = await tlsPeer(port, { cert: known.certificate, key: known.key })
  peer.socket.write(options(via))
  await arrivals.next()
  expect(arrivals.length).toBe(0)
})

test('certificates are changed without a dropped connection, and bad ones are not taken', async () => {
  const { transport, arrivals, port } = await open()
  const before = await tlsPeer(port)
  const next = await ca.issue('DNS:gate.example', 'DNS:next.example')
  transport.reload({ ...next, serverCa: ca.pem })
  expect(() => transport.reload({ ...next, key: own.key })).toThrow()
  const after = await tlsPeer(port)
  expect(after.socket.getPeerCertificate().subjectaltname).toContain('next.example')
  before.socket.write(options(via))
  const arrival = (await arrivals.next()) as RequestArrival
  transport.send(Buffer.from(answer), responseDestination(arrival), noError)
  expect(await before.text('\r\n\r\n')).toBe(answer)
})

test('an authenticated client is reached by the connection it has opened, if it says alias', async () => {
  const { transport, arrivals, port } = await open({
    clientCertificates: 'optional',
    clientCa: ca.pem,
  })
  const shown = await ca.issue('DNS:pbx.example')
  const peer = await tlsPeer(port, { cert: shown.certificate, key: shown.key })
  const errors = queue<string>()
  const fail = ({ message }: Error) => errors.put(message)
  peer.socket.write(options(via))
  await arrivals.next()
  transport.send(Buffer.from('no.'), tls(5099, 'pbx.example'), fail)
  expect(await errors.next()).toContain('ECONNREFUSED')
  peer.socket.write(options(`${via};alias`))
  await arrivals.next()
  transport.send(Buffer.from('yes.'), tls(5099, 'pbx.example'), fail)
  expect(await peer.text('.')).toBe('yes.')
  transport.send(Buffer.from('no.'), tls(5099, 'other.example'), fail)
  expect(await errors.next()).toContain('ECONNREFUSED')
})

test('who has proved no name is not reached by an alias', async () => {
  const { transport, arrivals, port } = await open({ clientCertificates: 'optional' })
  const shown = await ca.issue('DNS:pbx.example')
  const peer = await tlsPeer(port, { cert: shown.certificate, key: shown.key })
  peer.socket.write(options(`${via};alias`))
  await arrivals.next()
  const errors = queue<string>()
  for (const name of ['pbx.example', '127.0.0.1', '']) {
    transport.send(Buffer.from('x'), tls(5099, name), ({ message }) => errors.put(message))
    expect(await errors.next()).toContain('ECONNREFUSED')
  }
})

test('a source address that a client calls from is no place to send to over TLS', async () => {
  const { transport, arrivals, port } = await open()
  const peer = await tlsPeer(port)
  peer.socket.write(options(via))
  const { source } = await arrivals.next()
  const errors = queue<string>()
  for (const serverName of [source.address, '', undefined]) {
    const to = { ...source, serverName }
    transport.send(Buffer.from('x'), to, ({ message }) => errors.put(message))
    expect(await errors.next()).toContain('ECONNREFUSED')
  }
})

test('what Via claims about its source is replaced over TLS as well', async () => {
  const { arrivals, port } = await open()
  const peer = await tlsPeer(port)
  peer.socket.write(options('SIP/2.0/TLS pbx.example;branch=z9hG4bK1;received=10.6.6.6'))
  const { message } = await arrivals.next()
  expect(firstHeader(message, 'Via')).toBe(
    'SIP/2.0/TLS pbx.example;branch=z9hG4bK1;received=127.0.0.1',
  )
})

test('a handshake that does not come to an end in time is closed', async () => {
  const { transport, arrivals, clock, port } = await open()
  const silent = connect(port, '127.0.0.1')
  const closed = once(silent, 'close')
  await once(silent, 'connect')
  const honest = await tlsPeer(port)
  honest.socket.write(`${options(via)}OPTIONS`)
  await arrivals.next()
  clock.advance(8_000)
  await closed
  expect(transport.stats.handshakesFailed).toBe(1)
  expect(honest.socket.closed).toBe(false)
  clock.advance(35_000)
  await honest.closed
})

test('what is no TLS is closed at once', async () => {
  const { transport, port } = await open()
  const plain = connect(port, '127.0.0.1')
  plain.on('error', () => undefined)
  plain.write(options(via))
  plain.resume()
  await once(plain, 'close')
  expect(transport.stats.handshakesFailed).toBe(1)
})

test('a source with too many unfinished handshakes gets no further connection', async () => {
  const { transport, arrivals, port } = await open({}, { handshakesPerSourceMax: 1 })
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  await expect(tlsPeer(port)).rejects.toThrow()
  expect(transport.stats.connectionsRefused).toBe(1)
  silent.destroy()
  await expect.poll(() => transport.stats.handshakesFailed).toBe(1)
  for (const _ of ['one', 'two']) {
    const peer = await tlsPeer(port)
    peer.socket.write(options(via))
    await arrivals.next()
  }
})

test('closing drops who is still shaking hands and ends who is not', async () => {
  const { transport, port } = await open()
  const silent = connect(port, '127.0.0.1')
  const closed = once(silent, 'close')
  await once(silent, 'connect')
  const peer = await tlsPeer(port)
  peer.socket.resume()
  await transport.close()
  await closed
  await peer.closed
})

test('a connection that TLS does not secure in time fails what is queued on it', async () => {
  const { transport, clock } = await open()
  const { createServer } = await import('node:net')
  const server = createServer(() => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const errors = queue<string>()
  const port = address && typeof address === 'object' ? address.port : 0
  transport.send(Buffer.from('x'), tls(port, 'h.example'), ({ message }) => errors.put(message))
  await once(server, 'connection')
  clock.advance(4_000)
  expect(await errors.next()).toBe('Connect timed out')
  server.close()
})
