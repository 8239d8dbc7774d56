import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { connectEngine } from '../../src/sip/connection.ts'
import { StillClock } from '../support/call-gate.ts'
import { soon } from '../support/soon.ts'

/** An engine that takes what it is asked for only when it is told to. */
class SlowEngine {
  readonly #server: Server
  readonly #sockets: Socket[] = []
  readonly #unanswered: (() => void)[] = []
  isSlow = false

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.push(socket)
      socket.on('error', () => undefined)
      socket.setEncoding('latin1').on('data', (text) => this.#take(socket, String(text)))
    })
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as { port: number }).port
  }

  get askedFor(): number {
    return this.#unanswered.length
  }

  answer(): void {
    for (const each of this.#unanswered.splice(0)) each()
  }

  lose(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy()
  }

  close(): void {
    this.lose()
    this.#server.close()
  }

  #take(socket: Socket, text: string): void {
    for (const [, id, what] of text.matchAll(/#([^|#]+)\|(authenticate|route)\|/g)) {
      const said = what === 'route' ? '' : '|udp/127.0.0.1:5060|v0.9.10|udp/127.0.0.1:5060'
      const frame = `n${id}|response|${id}|OK${said}`
      const reply = () => void socket.write(`${frame.length}#${frame}`)
      if (what === 'route' && this.isSlow) this.#unanswered.push(reply)
      else reply()
    }
  }
}

test('a connection that came back is ready when the engine has taken what it is asked for', async () => {
  const engine = new SlowEngine()
  const port = await engine.open()
  const around = { clock: new StillClock(), random: systemRandom(), logger: silentLogger }
  const place = { host: '127.0.0.1', port, secret: new Secret('secret') }
  const connection = await connectEngine({ ...place, ...around })
  await connection.serve({
    onInvite: () => undefined,
    accepting: () => true,
    meet: () => 'answer',
    keyHeader: 'X-API-Key',
  })
  expect(connection.ready).toBe(true)
  engine.isSlow = true
  engine.lose()
  await soon(() => expect(connection.ready).toBe(false))
  await soon(() => expect(engine.askedFor).toBeGreaterThan(0))
  expect(connection.ready).toBe(false)
  engine.answer()
  await soon(() => expect(connection.ready).toBe(true))
  await connection[Symbol.asyncDispose]()
  engine.close()
})
