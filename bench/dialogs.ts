import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { openEngine } from '../src/engine/engine.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { until } from '../test/e2e-engine/house.ts'
import { RawApp } from '../test/e2e-engine/raw-app.ts'
import { collectedBytes } from '../test/support/collect-garbage.ts'
import type { Report } from './report.ts'

const secret = 'bench'
const count = 2_000
/** As many INVITEs at once as no buffer on the way minds. */
const batch = 50
/** Collections until nothing more is found. */
const rounds = 8

/** What the engine holds for a dialog when nothing happens in it. */
export async function memoryOfDialogs(): Promise<Report> {
  await using held = await openCalls()
  await held.open(batch)
  const before = await collectedBytes(rounds)
  await held.open(count)
  const bytes = ((await collectedBytes(rounds)) - before) / count
  const rows = [{ dialogs: held.dialogs, 'bytes each': Math.round(bytes) }]
  return { name: 'dialogs', title: 'Memory of an idle dialog', rows }
}

/** An engine with an application that answers every call, and a caller that leaves them so. */
async function openCalls() {
  const engine = await openEngine(
    {
      listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
      admin: { address: '127.0.0.1', port: 0, secret },
      // 64 * T1 = 640 ms: what a transaction leaves behind is not to be counted.
      timers: { t1Ms: 10, t2Ms: 20, t4Ms: 20 },
    },
    { clock: systemClock(), random: systemRandom() },
  )
  const app = await RawApp.open(engine.adminPort, secret)
  await app.reply(app.send('route|invite'))
  app.onFrame = ({ fields, text }) => {
    app.frames.length = 0
    if (fields[1] === 'sip' && text.startsWith('INVITE'))
      app.send(`sip|${fields[8]}|`, 'SIP/2.0 200 OK\n\n')
  }
  const port = engine.listeners[0]?.port ?? 0
  const caller = createSocket('udp4')
  caller.bind(0, '127.0.0.1')
  await once(caller, 'listening')
  const send = (text: string) => caller.send(text, port, '127.0.0.1')
  caller.on('message', (bytes) => {
    const text = bytes.toString()
    const [, number, tag] =
      /^SIP\/2\.0 200.*^To: [^\r]*tag=([^\r]*)\r.*^Call-ID: idle-(\d+)/ms.exec(text) ?? []
    if (tag !== undefined) send(message('ACK', Number(tag), `;tag=${number}`))
  })
  const message = (method: string, at: number, tag: string) => {
    const own = `127.0.0.1:${caller.address().port}`
    const lines = [
      `${method} sip:bob@127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK-${method}-${at};rport`,
      ...['Max-Forwards: 70', `From: <sip:alice@${own}>;tag=al${at}`],
      ...[`To: <sip:bob@127.0.0.1:${port}>${tag}`, `Call-ID: idle-${at}`, `CSeq: 1 ${method}`],
      ...[`Contact: <sip:alice@${own}>`, 'Content-Length: 0', '', ''],
    ]
    return lines.join('\r\n')
  }
  let last = 0
  return {
    get dialogs() {
      return engine.sizes().dialogs
    },
    open: async (more: number) => {
      for (const end = last + more; last < end; ) {
        for (let at = 0; at < batch; at++) send(message('INVITE', ++last, ''))
        await until(() => engine.sizes().dialogs === last, 'all answered')
      }
      await until(() => engine.sizes().transactions === 0, 'no transaction left')
    },
    [Symbol.asyncDispose]: async () => {
      app.close()
      await engine.close()
      caller.close()
    },
  }
}
