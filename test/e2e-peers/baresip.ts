import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { keepPort } from '../support/gate-ports.ts'
import { programPath } from '../support/programs.ts'
import { soon } from '../support/soon.ts'

const outputCharsMax = 20_000
const stopTimeoutMs = 3_000

export interface BaresipOptions {
  readonly user: string
  /** The port of its registrar and proxy, on 127.0.0.1. */
  readonly registrarPort: number
  readonly transport?: 'udp' | 'tcp' | undefined
}

/** A baresip that registers, with a tone for a microphone; it is driven over its control socket. */
export class Baresip implements AsyncDisposable {
  /** What it told of its calls and nobody has waited for yet, in order: type and parameter. */
  readonly #told: string[] = []
  readonly #control: Socket
  readonly #held: AsyncDisposableStack
  readonly #registrarPort: number
  readonly #output: () => string

  private constructor(parts: {
    readonly control: Socket
    readonly held: AsyncDisposableStack
    readonly registrarPort: number
    readonly output: () => string
  }) {
    this.#control = parts.control
    this.#held = parts.held
    this.#registrarPort = parts.registrarPort
    this.#output = parts.output
    readNetstrings(parts.control, (text) => {
      const said = JSON.parse(text)
      if (said.event) this.#told.push(`${said.type} ${said.param}`)
    })
  }

  /** Starts it; resolves once it is registered. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const program = programPath('baresip', 'baresip-core')
    await using stack = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-baresip-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const ports = { sip: await keepPort(), control: await keepPort(), media: await keepPort() }
    await writeFile(join(folder, 'config'), configuration(ports))
    await writeFile(join(folder, 'accounts'), account(options))
    await writeFile(join(folder, 'contacts'), '')
    const child = spawn(program, ['-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-outputCharsMax)
      })
    }
    stack.defer(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await exited
      clearTimeout(timer)
    })
    const control = await controlOf(ports.control, () => {
      if (child.exitCode !== null) throw new Error(`baresip has ended:\n${output}`)
    })
    stack.defer(() => void control.destroy())
    const { registrarPort } = options
    const held = stack.move()
    const phone = new Baresip({ control, held, registrarPort, output: () => output })
    try {
      // It may have registered before anybody could listen to its events.
      await soon(() => expect(output).toMatch(/200 OK .*\[1 binding\]/))
      return phone
    } catch (error) {
      await held.disposeAsync()
      throw error
    }
  }

  /** Calls a number through its proxy. */
  dial(user: string): void {
    this.#say('dial', `sip:${user}@127.0.0.1:${this.#registrarPort}`)
  }

  accept(): void {
    this.#say('accept')
  }

  hold(): void {
    this.#say('hold')
  }

  resume(): void {
    this.#say('resume')
  }

  /** Asks the other side to call this number at another proxy. */
  transfer(user: string, proxyPort: number): void {
    this.#say('transfer', `sip:${user}@127.0.0.1:${proxyPort}`)
  }

  hangUp(): void {
    this.#say('hangup')
  }

  /** Resolves once it has told of this, and forgets what it told before: `CALL_REMOTE_SDP offer`. */
  async until(what: string): Promise<void> {
    await soon(() => {
      const at = this.#told.findIndex((event) => event.startsWith(what))
      expect(at, `${what} among ${this.#told.join(', ')}\n${this.#output()}`).toBeGreaterThan(-1)
      this.#told.splice(0, at + 1)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#held.disposeAsync()
  }

  #say(command: string, params?: string): void {
    const text = JSON.stringify({ command, params })
    this.#control.write(`${Buffer.byteLength(text)}:${text},`)
  }
}

/** Its control socket, as soon as it listens. */
async function controlOf(port: number, check: () => void): Promise<Socket> {
  return await soon(async () => {
    check()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  })
}

/** https://cr.yp.to/proto/netstrings.txt: `12:hello world!,`. */
function readNetstrings(socket: Socket, take: (text: string) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk as Buffer])
    for (;;) {
      const colon = rest.indexOf(':')
      const end = colon + 1 + Number(rest.subarray(0, Math.max(colon, 0)))
      if (colon < 1 || rest.length <= end) return
      take(rest.toString('utf8', colon + 1, end))
      rest = rest.subarray(end + 1)
    }
  })
}

interface Ports {
  readonly sip: number
  readonly control: number
  readonly media: number
}

function configuration({ sip, control, media }: Ports): string {
  return `sip_listen 127.0.0.1:${sip}
net_interface 127.0.0.1
rtp_ports ${media}-${media + 3}
call_local_timeout 60
audio_source ausine,440
ausrc_srate 48000
ausrc_channels 2
audio_player aubridge,none
audio_alert aubridge,none
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${control}
`
}

function account({ user, registrarPort, transport = 'udp' }: BaresipOptions): string {
  const uri = `sip:${user}@127.0.0.1:${registrarPort};transport=${transport}`
  return `<${uri}>;auth_pass=none;regint=600;answermode=manual;audio_codecs=PCMU\n`
}
