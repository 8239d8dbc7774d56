import { readAdminDoors } from '../config/admin-listen.ts'
import { listeningAt } from '../config/listening.ts'
import { readTlsFiles } from '../config/tls-files.ts'
import { formatHostPort, hostOf } from '../engine/message/host-port.ts'
import { type Engine, startEngine } from '../engine/start.ts'
import { Secret } from '../kernel/secret.ts'
import { connectEngine, type EngineConnection } from '../sip/connection.ts'
import { floodLimits, tellOfFloods } from './floods.ts'
import type { House } from './house.ts'

/** Where the gate takes SIP. */
export interface Listening {
  readonly protocol: string
  /** As URIs write it: IPv6 in brackets. */
  readonly address: string
  readonly port: number
}

/** Bytes of the secret between the gate and its embedded engine. */
const engineSecretBytes = 32

/** The engine that runs in the gate's own process, and how it is reached. */
export interface EmbeddedEngine {
  readonly engine: Engine
  readonly host: string
  readonly port: number
  readonly secret: Secret
}

/** The engine in its thread, unless a drachtio-server is used. */
export async function startEmbeddedEngine(house: House): Promise<EmbeddedEngine | undefined> {
  const { values, random, logger, stack } = house
  if (values['engine.kind'] !== 'embedded') return undefined
  const host = '127.0.0.1'
  const secret = random.hex(engineSecretBytes)
  const listen = values['engine.listen']
  const where = [...listen, ...values['engine.adminListen']].map(
    ({ protocol, address, port }) => `${protocol}/${formatHostPort(hostOf(address), port)}`,
  )
  const engine = await listeningAt({ where: where.join(' or '), setting: 'engine.listen' }, () =>
    startEngine({
      listen: listen.map(({ advertise = values['engine.advertisedHost'], ...at }) =>
        advertise === undefined ? at : { ...at, host: hostOf(advertise) },
      ),
      tls: readTlsFiles(values),
      webSocketOrigins: values['engine.webSocketOrigins'],
      suspectAgents: values['guard.scanners'],
      floodLimits: floodLimits(values),
      admin: { address: host, port: 0, secret },
      moreAdmins: readAdminDoors(values),
    }),
  )
  stack.defer(() => engine.close())
  tellOfFloods(house, engine)
  engine.onFault((why) => logger.error({ why }, 'the engine has survived an internal fault'))
  return { engine, host, port: engine.adminPort, secret: new Secret(secret) }
}

/** Connects to the engine: the embedded one, or the drachtio-server of the settings. */
export async function reachEngine(
  { values, clock, random, logger, stack }: House,
  embedded: EmbeddedEngine | undefined,
): Promise<EngineConnection> {
  const host = embedded?.host ?? values['engine.host']
  const port = embedded?.port ?? values['engine.port']
  const secret = embedded?.secret ?? values['engine.secret'] ?? new Secret('')
  return stack.use(await connectEngine({ host, port, secret, clock, random, logger }))
}

/** `udp/127.0.0.1:5060` or `tls/[::1]:5061`, as engines name where they listen. */
export function listeningFrom(text: string): Listening {
  const [, protocol = '', address = '', port] = /^(\w+)\/(.*):(\d+)$/.exec(text) ?? []
  return { protocol, address, port: Number(port) }
}
