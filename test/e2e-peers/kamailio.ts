import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestCertificate } from '../support/certificates.ts'
import { keepPort } from '../support/gate-ports.ts'
import { programPath } from '../support/programs.ts'
import { kamailioConfig, kamailioTlsConfig } from './kamailio-config.ts'

const packages = ['kamailio', 'kamailio-websocket-modules', 'kamailio-tls-modules']
const startTimeoutMs = 20_000
const stopTimeoutMs = 5_000
const outputCharsMax = 20_000

export interface KamailioOptions {
  /** Where calls go whose callee is not registered here: a SIP URI. */
  readonly upstream?: string | undefined
  /** Added to the INVITEs that go there, as an operator does for the phones of a PBX. */
  readonly key?: string | undefined
  /** With it the server listens for TLS, shows this certificate, and believes this CA. */
  readonly tls?: (TestCertificate & { readonly ca: string }) | undefined
}

/** A real Kamailio: a registrar that relays with Record-Route, in front of phones and carriers. */
export interface Kamailio extends AsyncDisposable {
  /** UDP, TCP and WebSocket. */
  readonly port: number
  /** TLS and secure WebSocket, when there is a certificate. */
  readonly tlsPort: number
  /** What it logged. */
  readonly output: () => string
}

/** Starts a Kamailio on ports of its own; resolves once it answers. */
export async function startKamailio(options: KamailioOptions = {}): Promise<Kamailio> {
  const program = programPath('kamailio', ...packages)
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-kamailio-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [port, tlsPort] = [await keepPort(), await keepPort()]
  await mkdir(join(folder, 'run'))
  await writeFile(
    join(folder, 'kamailio.cfg'),
    kamailioConfig({ ...options, port, tlsPort, folder }),
  )
  if (options.tls) {
    const { certificate, key, ca } = options.tls
    const files = { 'own.pem': certificate, 'own.key': key, 'ca.pem': ca }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    await writeFile(join(folder, 'tls.cfg'), kamailioTlsConfig(folder))
  }
  const args = ['-DD', '-E', '-f', join(folder, 'kamailio.cfg'), '-m', '32', '-M', '4']
  // A process group of its own, so that its workers go with it however it ends; and it ends with
  // the test process, however that does.
  const bound = ['--pdeathsig', 'TERM', program, ...args, '-Y', join(folder, 'run')]
  const child = spawn(programPath('setpriv', 'util-linux'), bound, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-outputCharsMax)
    })
  }
  stack.defer(() => end(child))
  if (!(await answers(child, port))) throw new Error(`Kamailio does not answer:\n${output}`)
  const held = stack.move()
  return {
    port,
    tlsPort,
    output: () => output,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/** Its workers are ready in no order, so it is asked over WebSocket's own port by plain HTTP. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline && child.exitCode === null) {
    const signal = AbortSignal.timeout(1000)
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal }).catch(() => undefined)
    if (answer) return true
    await delay(50)
  }
  return false
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.pid) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const group = -child.pid
  const timer = setTimeout(() => process.kill(group, 'SIGKILL'), stopTimeoutMs)
  await exited
  clearTimeout(timer)
}
