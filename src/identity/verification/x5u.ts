import { isIP } from 'node:net'

/** Where a certificate is fetched. */
export interface CertificateLocation {
  readonly host: string
  readonly port: number
  /** With its leading slash. */
  readonly path: string
  /** Fetched from here, unresolved and unchecked: the operator says so. */
  readonly fixedAddress: string | undefined
}

/** A host that the operator lets be fetched at an address that nobody else may lead us to. */
export interface AllowedHost {
  readonly host: string
  readonly port: number
  readonly address: string
}

const charsMax = 1024
/** ATIS-1000074 5.3.1. */
const ports = [443, 8443]
/** RFC 3986 without userinfo, query and fragment; ASCII alone, so that nothing is rewritten. */
const form = /^https:\/\/([A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?(\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)$/
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Where an x5u leads, or undefined where nobody may be sent: ATIS-1000074 5.3.1 wants https on 443 or
 * 8443, no userinfo, query or fragment. An address in place of a name is refused, in whatever
 * spelling, and so is a name without a dot.
 */
export function locateX5u(
  x5u: string,
  allowed: readonly AllowedHost[],
): CertificateLocation | undefined {
  if (x5u.length > charsMax) return undefined
  const [, written = '', portText = '443', path = ''] = form.exec(x5u) ?? []
  const host = written.toLowerCase()
  const port = Number(portText)
  if (!path) return undefined
  const exception = allowed.find((entry) => entry.host === host && entry.port === port)
  if (exception) return { host, port, path, fixedAddress: exception.address }
  if (!ports.includes(port) || !isName(host)) return undefined
  return { host, port, path, fixedAddress: undefined }
}

function isName(host: string): boolean {
  const labels = host.split('.')
  const last = labels.at(-1) ?? ''
  // A last label of digits, or of hexadecimal ones, is an address to some resolvers: RFC 3696 2.
  const isNumeric = /^(?:\d+|0x[0-9a-f]*)$/.test(last)
  return (
    labels.length > 1 && isIP(host) === 0 && !isNumeric && labels.every((part) => label.test(part))
  )
}
