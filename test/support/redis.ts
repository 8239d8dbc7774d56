import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Secret } from '../../src/kernel/secret.ts'
import type { TestCertificate } from './certificates.ts'
import { takePort } from './gate-ports.ts'
import { programPath } from './programs.ts'

const run = promisify(execFile)

/** A redis-server, or a cluster of three masters, with nothing in it. */
export interface TestRedis extends AsyncDisposable {
  readonly url: Secret
  /** Further nodes, where it is a cluster. */
  readonly clusterNodes: readonly string[]
  /** Forgets everything. */
  flush(): Promise<void>
  /** Stops the server as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what it had written down where it was told to. */
  restart(): Promise<void>
  /** Makes it answer nothing until continued. */
  pause(): void
  continue(): void
}

interface Server {
  readonly port: number
  readonly args: readonly string[]
  child: ChildProcess
}

const readyTimeoutMs = 15_000

/** Names another server that speaks the protocol, a valkey-server above all, to hold the store against. */
const serverVariable = 'REDIS_SERVER'

function serverPath(): string {
  return process.env[serverVariable] || programPath('redis-server')
}

/** One server; `appendOnly` writes everything down before it answers. */
export async function startRedis(options: { appendOnly?: boolean } = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-redis-'))
  const kept = options.appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []
  const server = await startServer(folder, kept)
  return handle([server], folder, [])
}

/** One server that speaks TLS too, with this certificate; its URL is that of TLS. */
export async function startTlsRedis({ certificate, key }: TestCertificate): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-redis-tls-'))
  writeFileSync(join(folder, 'certificate.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key)
  const tlsPort = await takePort()
  const server = await startServer(folder, [
    ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', join(folder, 'certificate.pem')],
    ...['--tls-key-file', join(folder, 'key.pem')],
  ])
  return { ...handle([server], folder, []), url: new Secret(`rediss://127.0.0.1:${tlsPort}`) }
}

/** A cluster of three masters. */
export async function startRedisCluster(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-cluster-'))
  const servers: Server[] = []
  for (const node of [1, 2, 3]) {
    servers.push(
      await startServer(folder, [
        ...['--cluster-enabled', 'yes', '--cluster-config-file', `node-${node}.conf`],
        ...['--cluster-node-timeout', '2000'],
      ]),
    )
  }
  const nodes = servers.map(({ port }) => `127.0.0.1:${port}`)
  await run('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes'])
  await until(async () => {
    for (const { port } of servers) {
      const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info'])
      if (!stdout.includes('cluster_state:ok')) return false
    }
    return true
  })
  return handle(servers, folder, nodes.slice(1))
}

function handle(
  servers: readonly Server[],
  folder: string,
  clusterNodes: readonly string[],
): TestRedis {
  const [first] = servers
  if (!first) throw new Error('no server')
  const kill = async () => {
    await Promise.all(servers.map(({ child }) => end(child)))
  }
  return {
    url: new Secret(`redis://127.0.0.1:${first.port}`),
    clusterNodes,
    flush: async () => {
      await Promise.all(
        servers.map(({ port }) => run('redis-cli', ['-p', String(port), 'flushall'])),
      )
    },
    kill,
    restart: async () => {
      for (const server of servers) {
        server.child = await spawnServer(server.args, server.port)
      }
    },
    pause: () => signal(servers, 'SIGSTOP'),
    continue: () => signal(servers, 'SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      signal(servers, 'SIGCONT')
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function signal(servers: readonly Server[], name: NodeJS.Signals): void {
  for (const { child } of servers) child.kill(name)
}

async function startServer(folder: string, extra: readonly string[]): Promise<Server> {
  const port = await takePort()
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--dbfilename', `dump-${port}.rdb`, '--appenddirname', `append-${port}`],
    ...extra,
  ]
  return { port, args, child: await spawnServer(args, port) }
}

async function spawnServer(args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(serverPath(), args, { stdio: 'ignore' })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  await Promise.race([failed, until(() => answers(port))])
  failed.catch(() => undefined)
  return child
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => socket.write('PING\r\n'))
    socket.on('data', (bytes) => {
      socket.destroy()
      resolve(bytes.toString().startsWith('+PONG'))
    })
    socket.on('error', () => resolve(false))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('Redis did not get ready')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
