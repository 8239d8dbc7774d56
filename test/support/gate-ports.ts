import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that the system hands out by itself, so that no outgoing socket takes one. */
const firstPort = 16_000
const lastPort = 30_000
/** SIPp's media take the port after next as well. */
const portStep = 4
const attemptsMax = 2000

/** Test processes that run beside each other start at different places. */
let next = firstPort + ((process.pid * 97) % (lastPort - firstPort))

/** A port of 127.0.0.1 that is free for UDP and TCP now and is not handed out again soon. */
export async function takePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const port = next
    next = next + portStep > lastPort ? firstPort : next + portStep
    if ((await udpIsFree(port)) && (await tcpIsFree(port))) return port
  }
  throw new Error('no free port was found')
}

async function udpIsFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port, address: '127.0.0.1', exclusive: true })
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}

async function tcpIsFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
