import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { testCa } from '../support/certificates.ts'

const ca = await testCa()
const patience = { timeout: 15_000 }
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-reload-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function show(name: string): Promise<void> {
  const { certificate, key } = await ca.issue(`DNS:${name}`)
  await writeFile(join(folder, 'own.pem'), certificate)
  await writeFile(join(folder, 'own.key'), key)
}

/** A gate as it is run by `npm run gate`, with its port and all it says. */
async function startedGate(settings: string) {
  const file = join(folder, 'settings.yaml')
  await writeFile(
    file,
    `
${settings}
store: { path: ${folder}/store.sqlite }
audit: { dir: ${folder}/audit }
identity: { certificateDir: ${folder}/identity, port: 0 }
`,
  )
  const program = ['src/prepare.mjs', 'src/main.ts', '--config', file]
  // A group of its own: killing what started the gate would leave the gate itself behind.
  const child: ChildProcess = spawn(process.execPath, program, { detached: true })
  const ended = once(child, 'exit')
  onTestFinished(() => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
  })
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said.text += String(chunk)
    })
  }
  const ready = /Tollgate is ready: \w+\/127\.0\.0\.1:(\d+)/
  await expect.poll(() => said.text, patience).toMatch(ready)
  return { child, ended, said, port: Number(ready.exec(said.text)?.[1]) }
}

async function peer(port: number) {
  const checkServerIdentity = () => undefined
  const socket = connect({ host: '127.0.0.1', port, ca: ca.pem, checkServerIdentity })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return { socket, names: socket.getPeerCertificate().subjectaltname }
}

test('SIGHUP has certificates read again without a dropped connection, or leaves them', async () => {
  await show('first.example')
  const { child, ended, said, port } = await startedGate(`engine:
  listen: [tls/127.0.0.1:0]
  tls: { certificate: ${folder}/own.pem, key: ${folder}/own.key }`)
  const before = await peer(port)
  expect(before.names).toBe('DNS:first.example')
  await show('second.example')
  child.kill('SIGHUP')
  await expect.poll(() => said.text, patience).toContain('have been read again')
  const after = await peer(port)
  expect(after.names).toBe('DNS:second.example')
  await writeFile(join(folder, 'own.key'), 'no key')
  child.kill('SIGHUP')
  await expect.poll(() => said.text, patience).toContain('goes on with what it has')
  expect(said.text).toContain('engine.tls.key')
  expect((await peer(port)).names).toBe('DNS:second.example')
  before.socket.write('\r\n\r\n')
  expect(String((await once(before.socket, 'data'))[0])).toBe('\r\n')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

const called = '+14155552671'
const row = 'source: a law, checked: "2026-11-25", evidence: read'
const open = `regions: [US]
hours: [{ ${row}, days: { daily: "00:00-24:00" } }]
recording: [{ ${row}, rule: one_party }]`
const withConsent = `${open}\nconsent: [{ ${row} }]`

/** A test key whose calls are marketing; the settings that it takes, and how it is presented. */
function marketingKey() {
  const { id, secretHash, text } = mintKey(systemRandom(), 'test')
  const settings = `engine: { listen: [udp/127.0.0.1:0] }
compliance: { dir: ${folder}/law }
tenants: [{ id: acme }]
numbers: [{ tenant: acme, from: "+12125550150", to: "+12125550150" }]
policies: [{ id: sells, regions: [US], homeRegion: US, conduct: { callClasses: [marketing], consentClasses: [transactional] } }]
keys: [{ id: "${id}", mode: test, tenant: acme, policy: sells, allowedSources: [127.0.0.0/8], secretHash: "sha256:${secretHash.toString('hex')}" }]
suppressionLists: [{ id: stop, file: ${folder}/stop.csv }]`
  return { settings, text: text.reveal() }
}

/** The final answer to a call, with its reason. */
async function call(port: number, key: string, nth: number): Promise<string> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const lines = [
    `INVITE sip:${called}@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK-${nth}`,
    ...['From: <sip:+12125550150@127.0.0.1>;tag=1', `To: <sip:${called}@127.0.0.1>`],
    ...[`Call-ID: ${nth}`, 'CSeq: 1 INVITE', `Contact: <sip:a@127.0.0.1:${socket.address().port}>`],
    ...['Max-Forwards: 70', `X-API-Key: ${key}`, 'Content-Length: 0', '', ''],
  ]
  const send = () => socket.send(lines.join('\r\n'), port, '127.0.0.1')
  const heard = new Promise<string>((resolve) => {
    socket.on('message', (bytes) => {
      if (!/^SIP\/2.0 1/.test(bytes.toString())) resolve(bytes.toString())
    })
  })
  send()
  // RFC 3261 17.1.1.2: a datagram may get lost.
  const repeating = setInterval(send, 500)
  const answer = await heard
  clearInterval(repeating)
  socket.close()
  return answer
}

test('SIGHUP has lists and tables of law read again, all of them or none, while calls go on', async () => {
  const key = marketingKey()
  const put = (law: string, stop: string) =>
    Promise.all([
      writeFile(join(folder, 'law/us.yaml'), law),
      writeFile(join(folder, 'stop.csv'), `number\n${stop}\n`),
    ])
  await mkdir(join(folder, 'law'))
  await put(withConsent, '+12125550199')
  const { child, said, port } = await startedGate(key.settings)
  let calls = 0
  const answer = () => call(port, key.text, ++calls)
  const hangUp = async (expected: string) => {
    const before = said.text.split(expected).length
    child.kill('SIGHUP')
    await expect.poll(() => said.text.split(expected).length, patience).toBe(before + 1)
  }
  expect(await answer()).toContain('consent_missing')
  await put(withConsent, called)
  expect(await answer()).toContain('consent_missing')
  await hangUp('have been read again')
  expect(await answer()).toContain('do_not_call')

  // A table that lacks something, with a list that would let the number through.
  await put('regions: [US]', '+12125550199')
  await hangUp('goes on with what it has')
  expect(said.text).toContain('us.yaml.hours: ')
  expect(await answer()).toContain('do_not_call')

  // A list with a bad line, with a table that asks for no consent.
  await put(open, 'nobody')
  await hangUp('goes on with what it has')
  expect(said.text).toMatch(/stop\.csv \(stop\) has bad lines:\n.*2.*number/)
  expect(await answer()).toContain('do_not_call')

  await put(open, '+12125550199')
  await hangUp('have been read again')
  expect(await answer()).toMatch(/^SIP\/2.0 200 /)
})
