import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gate, startGate } from '../../src/app.ts'
import { readSettings } from '../../src/config/load.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { testCa } from '../support/certificates.ts'
import { ownFolder } from '../support/gate.ts'
import { configFor } from '../support/gate-config.ts'
import { startDrachtio } from '../support/gate-drachtio.ts'
import { engines } from '../support/gate-engines.ts'
import { keepPort } from '../support/gate-ports.ts'
import { type LineCall, LineUa } from '../support/line-ua.ts'

const ca = await testCa()
const own = await ca.issue('DNS:gate.example', 'IP:127.0.0.1', 'IP:::1')
const pbx = await ca.issue('DNS:pbx.example')
const carrierCertificate = await ca.issue('IP:127.0.0.1')
const called = '+14155552671'
const fromPage = { origin: 'https://phone.example', ca: ca.pem, servername: 'gate.example' }

let folder = ''
let gate: Gate
let carrier: Awaited<ReturnType<typeof tlsCarrier>>
let calls = 0

/** A carrier whose TLS server hands over the first connection that the gate opens to it. */
async function tlsCarrier(port: number) {
  const server = createServer({ cert: carrierCertificate.certificate, key: carrierCertificate.key })
  const accepted = once(server, 'secureConnection')
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const ua = accepted.then(([socket]) => LineUa.onAccepted(socket, 'TLS'))
  return { ua, close: () => server.close() }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-transports-'))
  const files = { 'own.pem': own.certificate, 'own.key': own.key, 'ca.pem': ca.pem }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const port = await keepPort()
  carrier = await tlsCarrier(port)
  const terms = { tenant: 'acme', policy: 'us', mode: 'live' }
  const allowedSources = ['127.0.0.0/8', '::1/128']
  const fingerprint = new X509Certificate(pbx.certificate).fingerprint256
  const result = readSettings({
    environment: {},
    text: JSON.stringify({
      engine: {
        listen: ['tls/127.0.0.1:0', 'tls/[::1]:0', 'wss/127.0.0.1:0', 'ws/[::1]:0;advertise=[::1]'],
        advertisedHost: 'gate.example',
        webSocketOrigins: [fromPage.origin],
        tls: {
          certificate: join(folder, 'own.pem'),
          key: join(folder, 'own.key'),
          clientCertificates: 'optional',
          clientCa: join(folder, 'ca.pem'),
          serverCa: join(folder, 'ca.pem'),
        },
      },
      credentials: { accept: ['header', 'certificate'] },
      store: { path: join(folder, 'store.sqlite') },
      audit: { dir: join(folder, 'audit') },
      identity: { certificateDir: join(folder, 'identity'), port: 0 },
      tenants: [{ id: 'acme' }],
      policies: [{ id: 'us', regions: ['US'], homeRegion: 'US', foreignCallerId: 'attest_b' }],
      keys: [
        { id: 'by-header', ...terms, allowedSources, generate: true },
        {
          id: 'by-certificate',
          ...terms,
          allowedSources,
          generate: true,
          certificates: [fingerprint],
        },
      ],
      numbers: [{ tenant: 'acme', number: '+12125550150' }],
      carriers: [
        { id: 'one', gateways: [{ id: 'one-a', host: '127.0.0.1', port, transport: 'tls' }] },
      ],
    }),
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  gate = await startGate(result.settings, { logger: silentLogger })
})

afterAll(async () => {
  await gate[Symbol.asyncDispose]()
  carrier.close()
  ;(await carrier.ua)[Symbol.dispose]()
  await rm(folder, { recursive: true })
})

function portOf(protocol: string, address: string): number {
  const found = gate.listening.find((at) => at.protocol === protocol && address === at.address)
  return found?.port ?? 0
}

function callWith(headers: readonly string[]): LineCall {
  return { called, caller: '+12125550150', callId: `transport-${++calls}`, headers }
}

const keyHeader = () => `X-API-Key: ${gate.keys.get('by-header')?.reveal()}`

interface Playing {
  readonly scheme: 'sips'
  readonly far: typeof carrier
  readonly near: Pick<Gate, 'running'>
}

/** Places a call, has the carrier answer it and end it, and gives what the carrier was sent. */
async function play(
  caller: LineUa,
  headers: readonly string[],
  { scheme, far = carrier, near = gate }: Partial<Playing> = {},
) {
  const call = { ...callWith(headers), ...(scheme && { scheme }) }
  caller.invite(call)
  const callee = await far.ua
  const invite = await callee.next('INVITE')
  callee.answer(invite, '180 Ringing')
  await caller.next('SIP/2.0 180')
  callee.answer(invite, '200 OK')
  const ok = await caller.next('SIP/2.0 200')
  caller.within(call, ok, 'ACK', 1)
  await callee.next('ACK')
  callee.back(invite, 'BYE')
  const bye = await caller.next('BYE')
  caller.answer(bye, '200 OK')
  await callee.next('SIP/2.0 200')
  await expect.poll(() => near.running).toBe(0)
  return { invite, ok }
}

test.each(['127.0.0.1', '[::1]'])(
  'a call over TLS from %s reaches a carrier over TLS and is ended there',
  async (address) => {
    const host = address.replace(/[[\]]/g, '')
    const port = portOf('tls', 'gate.example')
    expect(port).toBeGreaterThan(0)
    const ports = gate.listening.filter(({ protocol }) => protocol === 'tls').map((at) => at.port)
    const at = { host, port: ports[address === '[::1]' ? 1 : 0] ?? 0 }
    using caller = await LineUa.overTls({ ...at, ca: ca.pem, servername: 'gate.example' })
    const { invite, ok } = await play(caller, [keyHeader()])
    expect(ok.first('contact')).toBe(`<sip:gate.example:${at.port};transport=tls>`)
    expect(invite.first('via')).toMatch(/^SIP\/2\.0\/TLS gate\.example:\d+;alias;branch=/)
    expect(invite.first('contact')).toContain(';transport=tls')
    expect(invite.count('x-api-key')).toBe(0)
  },
)

test('a call by sips is carried by sips over TLS on both legs, and says so in each Contact', async () => {
  const at = { host: '127.0.0.1', port: portOf('tls', 'gate.example') }
  using caller = await LineUa.overTls({ ...at, ca: ca.pem, servername: 'gate.example' })
  const { invite, ok } = await play(caller, [keyHeader()], { scheme: 'sips' })
  expect(invite.startLine).toMatch(/^INVITE sips:\+14155552671@127\.0\.0\.1:\d+ SIP\/2\.0$/)
  expect(invite.first('to')).toMatch(/^<sips:/)
  expect(invite.first('via')).toMatch(/^SIP\/2\.0\/TLS /)
  expect(invite.first('contact')).toMatch(/^<sips:[^;]+>$/)
  expect(ok.first('contact')).toBe(`<sips:gate.example:${at.port}>`)
})

test('a client certificate stands for its key, and no other one does', async () => {
  const port = portOf('tls', 'gate.example')
  const at = { host: '127.0.0.1', port, ca: ca.pem, servername: 'gate.example' }
  using caller = await LineUa.overTls({ ...at, cert: pbx.certificate, key: pbx.key })
  await play(caller, [])
  const stranger = await ca.issue('DNS:pbx.example')
  using other = await LineUa.overTls({ ...at, cert: stranger.certificate, key: stranger.key })
  const fingerprint = new X509Certificate(pbx.certificate).fingerprint256
  other.invite(
    callWith([`X-Tollgate-Certificate: ${fingerprint}`, `X-Certificate: ${fingerprint}`]),
  )
  expect((await other.next('SIP/2.0 4')).startLine).toMatch(/^SIP\/2\.0 40[13]/)
})

test.each(['wss', 'ws'])(
  'a page calls over %s, and all of its call goes over its socket',
  async (protocol) => {
    const host = protocol === 'wss' ? '127.0.0.1' : '[::1]'
    // Each listener has its own name, or the common one.
    const advertised = protocol === 'wss' ? 'gate.example' : '[::1]'
    const port = portOf(protocol, advertised)
    using caller = await LineUa.overWebSocket(`${protocol}://${host}:${port}`, fromPage)
    const { ok } = await play(caller, [keyHeader()])
    expect(ok.first('contact')).toBe(`<sip:${advertised}:${port};transport=${protocol}>`)
  },
)

test.each(engines.filter((engine) => engine === 'drachtio'))(
  'a call over TLS reaches a carrier over TLS through a %s-server',
  async () => {
    await using stack = new AsyncDisposableStack()
    const files = await ownFolder(stack)
    const [port, carrierPort] = [await keepPort(), await keepPort()]
    const pem = (name: string) => join(folder, name)
    const tls = { port, certificate: pem('own.pem'), key: pem('own.key'), ca: pem('ca.pem') }
    const server = stack.use(await startDrachtio({ sipPort: await keepPort(), tls }))
    const far = await tlsCarrier(carrierPort)
    stack.defer(() => void far.close())
    const { text, keys } = configFor({
      engine: { kind: 'drachtio', ...server },
      folder: files,
      carrierPorts: [carrierPort],
      carrierTransport: 'tls',
      identityPort: await keepPort(),
    })
    const settings = readSettings({ environment: {}, text })
    if (!settings.ok) throw new Error(JSON.stringify(settings.problems))
    const near = stack.use(await startGate(settings.settings, { logger: silentLogger }))
    const at = { host: '127.0.0.1', port, ca: ca.pem, servername: 'gate.example' }
    using caller = await LineUa.overTls(at)
    const { invite, ok } = await play(caller, [`X-API-Key: ${keys.good}`], { far, near })
    expect(invite.first('via')).toMatch(/^SIP\/2\.0\/TLS /)
    expect(ok.first('contact')).toBe(`<sips:127.0.0.1:${port};transport=tls>`)
    ;(await far.ua)[Symbol.dispose]()
  },
)
