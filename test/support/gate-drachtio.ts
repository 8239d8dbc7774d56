import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keepPort } from './gate-ports.ts'

const root = join(import.meta.dirname, '..', '..')
const startTimeoutMs = 10_000

/**
 * Names a drachtio-server binary; the end-to-end tests then run against it as well. No name of ours: the gate
 * refuses settings that it does not know.
 */
export const drachtioVariable = 'DRACHTIO_SERVER'

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
  /** It listens for TLS as well, with these PEM files. */
  readonly tls?: DrachtioTls | undefined
}

export interface DrachtioTls {
  readonly port: number
  readonly certificate: string
  readonly key: string
  /** Who may have issued the certificates of others. */
  readonly ca: string
}

/** What an application must say to the server. */
export const drachtioSecret = 'cymru'

/** Starts a server; resolves when it listens. */
export async function startDrachtio(options: DrachtioOptions): Promise<DrachtioServer> {
  const { binary = process.env[drachtioVariable], sipPort, tls } = options
  if (!binary) throw new Error(`${drachtioVariable} names no drachtio-server`)
  const { adminPort = await keepPort() } = options
  const secret = drachtioSecret
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-drachtio-'))
  const file = join(folder, 'drachtio.conf.xml')
  await writeFile(file, await configuration({ sipPort, adminPort, secret, tls }))
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
  readonly tls: DrachtioTls | undefined
}

/** What operators are given, with our ports and secret. */
async function configuration({ sipPort, adminPort, secret, tls }: Settings): Promise<string> {
  const given = await readFile(join(root, 'config', 'drachtio.conf.xml'), 'utf8')
  const ours = [
    [/<admin port="\d+" secret="[^"]*">/, `<admin port="${adminPort}" secret="${secret}">`],
    [/sip:\*:5060;/, `sip:127.0.0.1:${sipPort};`],
    ...(tls ? secured(tls) : []),
  ] as const
  return ours.reduce((text, [theirs, mine]) => {
    if (!theirs.test(text)) throw new Error(`config/drachtio.conf.xml has no ${theirs}`)
    return text.replace(theirs, mine)
  }, given)
}

/** What docs/drachtio-server.md tells operators to add. */
function secured({ port, certificate, key, ca }: DrachtioTls) {
  const contact = `<contact>sips:127.0.0.1:${port};transport=tls</contact>`
  const files = `<key-file>${key}</key-file><cert-file>${certificate}</cert-file><chain-file>${ca}</chain-file>`
  return [
    [/<\/contacts>/, `${contact}</contacts>`],
    [/<spammers /, `<tls>${files}</tls><spammers `],
  ] as const
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
