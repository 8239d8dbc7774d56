import { readDuration } from '../proxy/command.ts'

/** What is done with a new request before any app has seen it (PROTOCOL 13). */
export type Decision =
  /** A final response; a 2xx is one to OPTIONS alone. */
  | { readonly action: 'respond'; readonly status: number; readonly reason: string }
  | { readonly action: 'redirect'; readonly contacts: readonly string[] }
  | ({ readonly action: 'proxy' } & ProxyDecision)
  /** A connection of its own to an app that listens. */
  | ({ readonly action: 'connect' } & AppAddress)
  /** An app that is connected and has announced this tag. */
  | { readonly action: 'tag'; readonly tag: string }

/** How a request is forwarded without an app. */
export interface ProxyDecision {
  readonly targets: readonly string[]
  readonly recordRoute: boolean
  readonly followRedirects: boolean
  readonly simultaneous: boolean
  readonly provisionalTimeoutMs: number | undefined
  readonly finalTimeoutMs: number | undefined
}

/** Where an app listens. */
export interface AppAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

/** Most contacts or targets of one decision. */
const entriesMax = 32
/** Longest text in a decision. */
const textMax = 1_024

const hostPort =
  /^([A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})(?:;transport=(tcp|tls))?$/
const tagText = /^[A-Za-z0-9_.-]{1,32}$/

/** Reads `{action, data}` as a handler answers or a table has it; undefined when it is none. */
export function readDecision(value: unknown): Decision | undefined {
  if (!isRecord(value)) return undefined
  const data = isRecord(value.data) ? value.data : {}
  switch (value.action) {
    case 'reject':
      return readResponse(data, 300)
    case 'respond':
      return readResponse(data, 200)
    case 'redirect':
      return readRedirect(data)
    case 'proxy':
      return readProxy(data)
    case 'route':
      return readRoute(data)
    default:
      return undefined
  }
}

function readResponse(data: Fields, statusMin: number): Decision | undefined {
  const { status, reason = '' } = data
  if (typeof status !== 'number' || !Number.isInteger(status)) return undefined
  if (status < statusMin || status > 699 || !isText(reason)) return undefined
  return { action: 'respond', status, reason }
}

function readRedirect(data: Fields): Decision | undefined {
  const contacts = texts(data.contact)
  return contacts && { action: 'redirect', contacts }
}

function readProxy(data: Fields): Decision | undefined {
  const targets = texts(data.destination)
  if (!targets) return undefined
  return {
    action: 'proxy',
    targets,
    recordRoute: data.recordRoute === true,
    followRedirects: data.followRedirects !== false,
    simultaneous: data.simultaneous === true,
    provisionalTimeoutMs: duration(data.provisionalTimeout),
    finalTimeoutMs: duration(data.finalTimeout),
  }
}

function readRoute(data: Fields): Decision | undefined {
  if (typeof data.tag === 'string' && tagText.test(data.tag))
    return { action: 'tag', tag: data.tag }
  const found = typeof data.uri === 'string' ? hostPort.exec(data.uri) : null
  const [, host = '', digits = '', transport] = found ?? []
  const port = Number(digits)
  if (!found || port < 1 || port > 65_535) return undefined
  const bare = host.startsWith('[') ? host.slice(1, -1) : host
  return { action: 'connect', host: bare, port, tls: transport === 'tls' }
}

type Fields = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textMax
}

/** One text or a list of them, none empty. */
function texts(value: unknown): readonly string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0 || list.length > entriesMax) return undefined
  return list.every((one): one is string => isText(one) && one !== '') ? list : undefined
}

function duration(value: unknown): number | undefined {
  return typeof value === 'string' ? readDuration(value) : undefined
}
