import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keepPort } from './gate-ports.ts'

const startTimeoutMs = 10_000

/** Names a drachtio-server binary; the end-to-end tests then run against it as well. */
export const drachtioVariable = 'TOLLGATE_E2E_DRACHTIO'

/** A real drachtio-server of our own. */
export interface DrachtioServer extends AsyncDisposable {
  readonly adminPort: number
  readonly secret: string
}

/** Which program to start, and where it listens. */
export interface DrachtioOptions {
  /** The one that the environment names, unless given. */
  readonly binary?: string | undefined
  readonly sipPort: number
  /** A free one unless given. */
  readonly adminPort?: number | undefined
}

/** What an application must say to the server. */
export const drachtioSecret = 'cymru'

/** Starts a server; resolves when it listens. */
export async function startDrachtio(options: DrachtioOptions): Promise<DrachtioServer> {
  const { binary = process.env[drachtioVariable], sipPort } = options
  if (!binary) throw new Error(`${drachtioVariable} names no drachtio-server`)
  const { adminPort = await keepPort() } = options
  const secret = drachtioSecret
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-drachtio-'))
  const file = join(folder, 'drachtio.conf.xml')
  await writeFile(file, configuration({ sipPort, adminPort, secret }))
  const child = spawn(binary, ['--file', file], { stdio: 'ignore' })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await listening(adminPort)
  } catch (error) {
    await stop()
    throw error
  }
  return { adminPort, secret, [Symbol.asyncDispose]: stop }
}

interface Settings {
  readonly sipPort: number
  readonly adminPort: number
  readonly secret: string
}

function configuration({ sipPort, adminPort, secret }: Settings): string {
  return `<drachtio>
  <admin port="${adminPort}" secret="${secret}">127.0.0.1</admin>
  <sip>
    <contacts><contact>sip:127.0.0.1:${sipPort};transport=udp,tcp</contact></contacts>
  </sip>
  <cdrs>false</cdrs>
  <logging><console/><sofia-loglevel>0</sofia-loglevel><loglevel>error</loglevel></logging>
</drachtio>
`
}

async function listening(port: number): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    const socket = connect({ port, host: '127.0.0.1' })
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await delay(20)
  }
  throw new Error(`drachtio-server does not listen after ${startTimeoutMs} ms`)
}
