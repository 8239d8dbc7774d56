import { parseDecimal } from '../message/text.ts'

/** Most targets that one request is forwarded to, those of redirections included. */
export const targetsMax = 32

/** What an app asks for in a `proxy` frame (PROTOCOL 12). */
export interface ProxyCommand {
  readonly frameId: string
  readonly transactionId: string
  /** Stay in the dialog: Record-Route, or Path for REGISTER. */
  readonly recordRoute: boolean
  /** Tell the app of every final response. */
  readonly fullResponse: boolean
  readonly followRedirects: boolean
  readonly simultaneous: boolean
  /** A target that has said nothing within this is given up. */
  readonly provisionalTimeoutMs: number | undefined
  /** A target that has not answered finally within this is given up. */
  readonly finalTimeoutMs: number | undefined
  readonly targets: readonly string[]
}

/** Longest timeout that an app may ask for, milliseconds. */
const timeoutMsMax = 3_600_000

/** Fields before the first target. */
const fixedFields = 9

/** Reads the fields of a `proxy` frame; undefined when there are too few of them. */
export function readProxyCommand(fields: readonly string[]): ProxyCommand | undefined {
  if (fields.length < 4) return undefined
  return {
    frameId: fields[0] ?? '',
    transactionId: fields[2] ?? '',
    recordRoute: fields[3] === 'remainInDialog',
    fullResponse: fields[4] === 'fullResponse',
    followRedirects: fields[5] === 'followRedirects',
    simultaneous: fields[6] === 'simultaneous',
    provisionalTimeoutMs: readDuration(fields[7] ?? ''),
    finalTimeoutMs: readDuration(fields[8] ?? ''),
    targets: fields.slice(fixedFields).filter((target) => target !== ''),
  }
}

/** Milliseconds of `2s` or `500ms`; undefined for anything else, which sets no timeout. */
export function readDuration(text: string): number | undefined {
  const unitMs = text.endsWith('ms') ? 1 : 1000
  const digits = text.endsWith('ms') ? text.slice(0, -2) : text.replace(/s$/, '')
  const count = parseDecimal(digits, timeoutMsMax / unitMs)
  return count === undefined || count === 0 ? undefined : count * unitMs
}
