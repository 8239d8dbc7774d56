import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { SettingValues } from '../../config/settings.ts'
import { systemClock } from '../../kernel/clock.ts'
import { silentLogger as logger } from '../../kernel/logger.ts'
import { systemRandom } from '../../kernel/random.ts'
import { Secret } from '../../kernel/secret.ts'
import { connectEngine } from '../../sip/connection.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'

/** For an engine apart to answer. */
const connectTimeoutMs = 2_000

interface Place {
  readonly setting: string
  readonly protocol: string
  readonly address: string
  readonly port: number
}

/** Whether every address can be listened on, or is where a gate runs. */
export function lookAtPorts(
  values: SettingValues,
  isGateRunning: boolean,
): Promise<readonly Finding[]> {
  const api = values['api.listen']
  const own = values['engine.kind'] === 'embedded' ? values['engine.listen'] : []
  const places: Place[] = [
    ...own.map((at) => ({ setting: 'engine.listen', ...at })),
    ...(api ? [{ setting: 'api.listen', ...api }] : []),
  ]
  const fixed = places.filter(({ port }) => port !== 0)
  return Promise.all(fixed.map((place) => lookAtPort(place, isGateRunning)))
}

async function lookAtPort(place: Place, isGateRunning: boolean): Promise<Finding> {
  const { setting, protocol, address, port } = place
  const where = `${protocol}/${address}:${port}`
  const code = await listenCode(place)
  if (code === undefined && !isGateRunning) return good('ports', `${where} is free`)
  if (code === undefined) {
    const found = `a gate writes the audit log, but nothing listens on ${where}`
    const remedy = `Look in its log; ${setting} may have been changed since it was started.`
    return ill('ports', 'warning', { found, remedy })
  }
  if (code === 'EADDRINUSE' && isGateRunning) return good('ports', `a gate listens on ${where}`)
  const found = `a gate cannot listen on ${where}: ${code}`
  const remedy =
    code === 'EADDRINUSE'
      ? `Stop what listens there (ss -lpn), or change ${setting}.`
      : `Give this user the right to (CAP_NET_BIND_SERVICE), or set ${setting} to an address of this machine.`
  return ill('ports', 'fault', { found, remedy })
}

/** Undefined where it could be listened on. */
async function listenCode({ protocol, address, port }: Place): Promise<string | undefined> {
  const isUdp = protocol === 'udp'
  const type = address.includes(':') ? 'udp6' : 'udp4'
  const server = isUdp ? createSocket({ type }) : createServer()
  try {
    if ('bind' in server) server.bind({ address, port, exclusive: true })
    else server.listen({ host: address, port, exclusive: true })
    await once(server, 'listening')
    server.close()
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}

/** Whether an engine apart answers to our secret. */
export async function lookAtEngine(values: SettingValues): Promise<Finding> {
  if (values['engine.kind'] === 'embedded') {
    return good('engine', 'the embedded one, which starts with the gate')
  }
  const [host, port] = [values['engine.host'], values['engine.port']]
  const secret = values['engine.secret'] ?? new Secret('')
  const around = { clock: systemClock(), random: systemRandom(), logger }
  try {
    await using engine = await connectEngine({ host, port, secret, connectTimeoutMs, ...around })
    return good('engine', `${engine.version} at ${host}:${port}, SIP at ${engine.addresses}`)
  } catch (error) {
    const remedy =
      'Start the engine; engine.host and engine.port must be its admin port, and engine.secret its secret.'
    return ill('engine', 'fault', { found: `${host}:${port}: ${whyOf(error)}`, remedy })
  }
}
