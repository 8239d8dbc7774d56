import type { Random } from '../../kernel/random.ts'
import type { SipUri } from '../message/uri.ts'
import type { Protocol } from '../transport/types.ts'
import type { PointerRecord, ServiceRecord } from './lookup.ts'

/** One way to speak SIP, as the DNS names it. */
export interface Service {
  readonly protocol: Protocol
  /** The values of the URI's transport parameter that mean it. */
  readonly parameters: readonly string[]
  /** Whether it serves a sips URI. */
  readonly isSecure: boolean
  /** The service of a NAPTR record: RFC 3263 4.1, RFC 7118. */
  readonly pointer: string
  /** What goes before the name in an SRV question. */
  readonly prefix: string
  /** Whether it is tried where neither URI nor NAPTR asks for it. */
  readonly isCommon: boolean
}

/**
 * All services, the order of preference where nothing else decides: RFC 3263 4.1 wants UDP first.
 * RFC 7118 5.3 has one parameter for both WebSockets.
 */
// biome-ignore format: one service a line
const services: readonly Service[] = [
  { protocol: 'udp', parameters: ['udp'], isSecure: false, pointer: 'SIP+D2U', prefix: '_sip._udp', isCommon: true },
  { protocol: 'tcp', parameters: ['tcp'], isSecure: false, pointer: 'SIP+D2T', prefix: '_sip._tcp', isCommon: true },
  { protocol: 'tls', parameters: ['tls'], isSecure: true, pointer: 'SIPS+D2T', prefix: '_sips._tcp', isCommon: true },
  { protocol: 'ws', parameters: ['ws'], isSecure: false, pointer: 'SIP+D2W', prefix: '_sip._ws', isCommon: false },
  { protocol: 'wss', parameters: ['ws', 'wss'], isSecure: true, pointer: 'SIPS+D2W', prefix: '_sips._ws', isCommon: false },
]

/**
 * The services that serve a URI, of those with a listener, the preferred first. Without any word
 * of the URI's about its transport that is a common one, or there is none.
 */
export function servicesFor(
  uri: SipUri,
  isSpoken: (protocol: Protocol) => boolean,
): readonly Service[] {
  const given = uri.params.get('transport')?.toLowerCase()
  const isSecure = uri.scheme === 'sips'
  // RFC 3261 26.2.2: TCP of a sips URI is TLS over it.
  const wanted = given === 'tcp' && isSecure ? 'tls' : given
  const found = services.filter(
    ({ protocol, parameters, ...service }) =>
      isSpoken(protocol) &&
      (service.isSecure || !isSecure) &&
      (wanted === undefined || parameters.includes(wanted)),
  )
  return wanted !== undefined || found[0]?.isCommon ? found : []
}

/** A service and the name whose SRV records tell where it is. */
export interface Pointed {
  readonly service: Service
  readonly name: string
}

/**
 * RFC 3263 4.1: the NAPTR records that lead to a service of ours, in their order. Those with another
 * flag than "s" do not lead to SRV records and are passed over.
 */
export function followPointers(
  records: readonly PointerRecord[],
  spoken: readonly Service[],
): Pointed[] {
  return [...records]
    .sort((one, other) => one.order - other.order || one.preference - other.preference)
    .flatMap(({ flags, service: wanted, replacement }) => {
      const service = spoken.find(({ pointer }) => pointer === wanted.toUpperCase())
      const leads = service && flags.toLowerCase() === 's' && replacement !== ''
      return leads ? [{ service, name: replacement }] : []
    })
}

/** RFC 2782: by priority, and among equals by a draw in which weight is the number of tickets. */
export function orderServices(records: readonly ServiceRecord[], random: Random): ServiceRecord[] {
  // Those of weight 0 first, so that they keep a small chance.
  const left = [...records].sort(
    (one, other) => one.priority - other.priority || one.weight - other.weight,
  )
  const ordered: ServiceRecord[] = []
  for (let first = left[0]; first; first = left[0]) {
    const { priority } = first
    const equals = left.filter((record) => record.priority === priority)
    const drawn = draw(equals, random) ?? first
    left.splice(left.indexOf(drawn), 1)
    ordered.push(drawn)
  }
  return ordered
}

function draw(records: readonly ServiceRecord[], random: Random): ServiceRecord | undefined {
  const total = records.reduce((sum, { weight }) => sum + weight, 0)
  // RFC 2782 has equals without weights in any order: an answer that is kept shall not burden the first.
  if (total === 0) return records[random.below(records.length)]
  let ticket = random.below(total + 1)
  return records.find(({ weight }) => {
    ticket -= weight
    return ticket <= 0
  })
}
