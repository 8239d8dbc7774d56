import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Ports below those that the system hands out by itself, in blocks: test processes run beside each
 * other, and each claims a block for as long as it lives by holding the block's guard port.
 */
const firstPort = 10_000
const blockPorts = 2_800
const blocks = 8
const firstGuardPort = 9_900
/** SIPp's media take the port after next as well. */
const portStep = 4

let block: Promise<number> | undefined
let taken = 0
/** Browsers, and what has their fetch, refuse to connect to it ("bad port" of the Fetch standard). */
const refusedByBrowsers = 10_080
const kept = new Set([refusedByBrowsers])

/** A port of 127.0.0.1 that is free for UDP and TCP now; handed out again after all the others. */
export async function takePort(): Promise<number> {
  block ??= claimBlock()
  const start = await block
  for (let attempt = 0; attempt < blockPorts / portStep; attempt++) {
    const port = start + ((taken++ * portStep) % blockPorts)
    if (!kept.has(port) && (await udpIsFree(port)) && (await tcpIsFree(port))) return port
  }
  throw new Error('no free port was found')
}

/** As `takePort`, but never handed out again: for a port that is now bound and now is not. */
export async function keepPort(): Promise<number> {
  const port = await takePort()
  kept.add(port)
  return port
}

/** The ports that are this test process's own. */
export async function portBlock(): Promise<{ readonly first: number; readonly last: number }> {
  block ??= claimBlock()
  const first = await block
  return { first, last: first + blockPorts - 1 }
}

async function claimBlock(): Promise<number> {
  for (let at = 0; at < blocks; at++) {
    const guard = createServer().unref()
    guard.listen({ port: firstGuardPort + at, host: '127.0.0.1', exclusive: true })
    const held = await once(guard, 'listening').then(
      () => true,
      () => false,
    )
    if (held) return firstPort + at * blockPorts
  }
  throw new Error(`${blocks} test processes hold all the ports`)
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
