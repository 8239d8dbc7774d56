import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { configFor, type EngineChoice, type GateConfig, type KeyName } from './gate-config.ts'
import { type DrachtioServer, startDrachtio } from './gate-drachtio.ts'
import { keepPort } from './gate-ports.ts'
import type { Answers, Asked } from './gate-process.ts'

const startTimeoutMs = 60_000
const idleTimeoutMs = 15_000
const closeTimeoutMs = 30_000

export type EngineKind = EngineChoice['kind']

export interface GateOptions extends Omit<Partial<GateConfig>, 'engine' | 'folder'> {
  readonly engine?: EngineKind
  /** The command that starts it, with its arguments, where that is not Node itself. */
  readonly through?: readonly string[]
  /** Where it writes the secrets of its TLS sessions, for who reads a recording. */
  readonly tlsKeyLog?: string | undefined
}

/** A gate in a process of its own, with carriers on ports that are known but not yet bound. */
export interface TestGate extends AsyncDisposable {
  readonly sipPort: number
  readonly carrierPorts: readonly number[]
  readonly keys: Readonly<Record<KeyName, string>>
  /** Of the right form, and of nobody. */
  readonly unknownKey: string
  /** The id of a good key with the secret of another. */
  readonly wrongSecret: string
  readonly auditDir: string
  /** The settings it runs with. */
  readonly configFile: string
  readonly pid: number
  /** Everything it said on its own. */
  readonly output: () => string
  ask<Ask extends Asked>(ask: Ask): Promise<Answers[Ask]>
  /** Waits until no call and no lease is left; fails when that does not come. */
  idle(withinMs?: number): Promise<void>
}

/** Starts a gate with the keys of gate-config.ts; resolves when it takes calls. */
export async function startTestGate(options: GateOptions = {}): Promise<TestGate> {
  const stack = new AsyncDisposableStack()
  try {
    const folder = await ownFolder(stack)
    const sipPort = await keepPort()
    const engine = await engineFor(options.engine ?? 'embedded', sipPort, stack)
    const carrierPorts = options.carrierPorts ?? [await keepPort(), await keepPort()]
    const identityPort = await keepPort()
    const { text, keys, unknownKey, wrongSecret } = configFor({
      ...options,
      engine,
      folder,
      carrierPorts,
      identityPort,
    })
    const file = join(folder, 'tollgate.yaml')
    await writeFile(file, text)
    const child = new GateChild(file, options)
    stack.defer(() => child.close())
    await child.ready
    return {
      sipPort,
      carrierPorts,
      keys,
      unknownKey,
      wrongSecret,
      auditDir: join(folder, 'audit'),
      configFile: file,
      pid: child.pid,
      output: () => child.output,
      ask: (ask) => child.ask(ask),
      idle: (withinMs = idleTimeoutMs) => idle(child, withinMs),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** A folder below the system's temporary one that goes with the stack. */
export async function ownFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-e2e-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'audit'), { recursive: true })
  return folder
}

async function engineFor(
  kind: EngineKind,
  sipPort: number,
  stack: AsyncDisposableStack,
): Promise<EngineChoice> {
  if (kind === 'embedded') return { kind, sipPort }
  const server: DrachtioServer = await startDrachtio({ sipPort })
  stack.use(server)
  return { kind, adminPort: server.adminPort, secret: server.secret }
}

async function idle(child: GateChild, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  let counts = await child.ask('counts')
  while (counts.running > 0 || counts.leases > 0) {
    if (performance.now() > deadline) {
      throw new Error(`left behind: ${counts.running} calls, ${counts.leases} leases`)
    }
    await delay(20)
    counts = await child.ask('counts')
  }
}

class GateChild {
  readonly ready: Promise<unknown>
  output = ''
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: unknown) => void>()
  #lastId = 0

  constructor(
    file: string,
    { tlsKeyLog, through = [] }: Pick<GateOptions, 'tlsKeyLog' | 'through'>,
  ) {
    const program = join(import.meta.dirname, 'gate-process.ts')
    const options = tlsKeyLog ? [`--tls-keylog=${tlsKeyLog}`] : []
    const [execPath = process.execPath, ...execArgv] = [...through, process.execPath, ...options]
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
    this.#child = fork(program, [file], { stdio: [...stdio], env: {}, execPath, execArgv })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output = (this.output + chunk.toString()).slice(-20_000)
      })
    }
    this.#child.on('message', (message: { id: number; answer: unknown }) => {
      this.#waiting.get(message.id)?.(message.answer)
      this.#waiting.delete(message.id)
    })
    this.ready = this.#answer(0, startTimeoutMs)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  ask<Ask extends Asked>(ask: Ask): Promise<Answers[Ask]> {
    const id = ++this.#lastId
    const answer = this.#answer(id, closeTimeoutMs)
    this.#child.send({ id, ask })
    return answer as Promise<Answers[Ask]>
  }

  async close(): Promise<void> {
    if (this.#gone) return
    const exited = once(this.#child, 'exit')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), closeTimeoutMs)
    if (this.#child.connected) await this.ask('close').catch(() => this.#child.kill('SIGKILL'))
    await exited
    clearTimeout(timer)
  }

  get #gone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #answer(id: number, withinMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`the gate ${why}\n${this.output}`))
      const timer = setTimeout(() => fail('does not answer'), withinMs)
      const onExit = () => fail('has ended')
      this.#child.once('exit', onExit)
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer)
        this.#child.off('exit', onExit)
        resolve(answer)
      })
    })
  }
}
