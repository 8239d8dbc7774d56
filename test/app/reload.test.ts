import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { testCa } from '../support/certificates.ts'

const ca = testCa()
const patience = { timeout: 15_000 }
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-reload-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function show(name: string): Promise<void> {
  const { certificate, key } = ca.issue(`DNS:${name}`)
  await writeFile(join(folder, 'own.pem'), certificate)
  await writeFile(join(folder, 'own.key'), key)
}

/** A gate as it is run by `npm run gate`, with its TLS port and all it says. */
async function startedGate() {
  const file = join(folder, 'settings.yaml')
  await writeFile(
    file,
    `
engine:
  listen: [tls/127.0.0.1:0]
  tls: { certificate: ${folder}/own.pem, key: ${folder}/own.key }
store: { path: ${folder}/store.sqlite }
audit: { dir: ${folder}/audit }
identity: { certificateDir: ${folder}/identity, port: 0 }
`,
  )
  const program = ['src/prepare.mjs', 'src/main.ts', '--config', file]
  const child: ChildProcess = spawn(process.execPath, program)
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said.text += String(chunk)
    })
  }
  const ready = /Tollgate is ready: tls\/127\.0\.0\.1:(\d+)/
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
  const { child, ended, said, port } = await startedGate()
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
