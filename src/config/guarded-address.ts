import { isIP } from 'node:net'
import { z } from 'zod'

/** A protocol in the clear and the one that stands for it over TLS. */
export interface GuardedForm<Plain extends string, Secured extends string> {
  readonly plain: Plain
  readonly secured: Secured
  /** For the example in the sentence of a fault. */
  readonly port: number
}

/** Where something listens that is sent credentials. */
export interface GuardedAddress<Protocol extends string> {
  readonly protocol: Protocol
  /** IPv6 without brackets. */
  readonly address: string
  readonly port: number
}

const portMax = 65_535
const form = /^(?<protocol>[a-z]+)\/(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<v4>[\d.]+)):(?<port>\d{1,5})$/

/** An address such as `tcp/127.0.0.1:9022`: without TLS a loopback address, since credentials are sent. */
export function guardedAddress<const Plain extends string, const Secured extends string>({
  plain,
  secured,
  port: examplePort,
}: GuardedForm<Plain, Secured>) {
  const example = `must look like ${plain}/127.0.0.1:${examplePort} or ${secured}/[::]:${examplePort + 1}`
  return z.string('must be text').transform((value, context): GuardedAddress<Plain | Secured> => {
    const { protocol, v6, v4 = '', port: digits } = form.exec(value)?.groups ?? {}
    const address = v6?.toLowerCase() ?? v4
    const port = Number(digits)
    const known = [plain, secured].find((one) => one === protocol)
    if (!known || isIP(address) === 0 || port > portMax) {
      context.addIssue(example)
      return z.NEVER
    }
    if (known === plain && !address.startsWith('127.') && address !== '::1') {
      context.addIssue(`must be a loopback address without ${secured}`)
      return z.NEVER
    }
    return { protocol: known, address, port }
  })
}
