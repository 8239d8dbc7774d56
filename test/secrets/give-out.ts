import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { Secret } from '../../src/kernel/secret.ts'

// Gives a secret out in the one way that its argument names: a program that a test runs to see it found.

const secret = new Secret('9fQ2xL7vB4nT8kR1wZ6mC3').reveal()

const ways: Readonly<Record<string, () => Promise<void>>> = {
  nothing: async () => undefined,
  file: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-'))
    writeFileSync(join(folder, '000'), `{"event":{"key":"${secret}"}}`)
    rmSync(folder, { recursive: true })
  },
  'file that stays': async () => writeFileSync(join(tmpdir(), 'metrics'), `key="${secret}"`),
  child: async () => {
    const program = `process.stdout.write('said: ' + '${secret.slice(0, 9)}' + '${secret.slice(9)}')`
    const child = spawn(process.execPath, ['-e', program], { env: {} })
    child.stdout.resume()
    await once(child, 'close')
  },
  answer: () => served((_, response) => response.end(JSON.stringify({ hint: secret }))),
  'header field': () => served((_, response) => response.writeHead(200, { hint: secret }).end()),
  'posted body': () => served((_, response) => response.end(), { method: 'POST', body: secret }),
  datagram: async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const { port } = receiver.address()
    const worker = new Worker(new URL(import.meta.url), { workerData: port })
    await once(receiver, 'message')
    receiver.close()
    await once(worker, 'exit')
  },
}

async function served(
  answer: Parameters<typeof createServer>[1] & {},
  request?: RequestInit,
): Promise<void> {
  const server = createServer(answer as () => void).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await (await fetch(`http://127.0.0.1:${port}/`, request)).text()
  server.close()
}

if (isMainThread) await ways[process.argv[2] ?? '']?.()
else {
  const socket = createSocket('udp4')
  socket.send(secret, workerData, '127.0.0.1', () => socket.close())
}
