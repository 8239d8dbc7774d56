import { z } from 'zod'
import { dialPlan, limitFields, limitsHelp } from './common-entries.ts'
import * as type from './types.ts'

const address = {
  id: type.id.describe('Its name.'),
  host: type.sipHost.describe('Host name, IPv4 or IPv6 address.'),
  port: type.whole(1, 65_535).optional().describe('Default: 5060, with `tls` 5061.'),
  transport: type.oneOf(['udp', 'tcp', 'tls']).default('udp').describe('How SIP is carried to it.'),
}

type Address = z.output<z.ZodObject<typeof address>>

/** RFC 3261 19.1.2. */
function withPort<Entry extends Pick<Address, 'port' | 'transport'>>(entry: Entry) {
  return { ...entry, port: entry.port ?? (entry.transport === 'tls' ? 5061 : 5060) }
}

const gatewayEntry = z
  .strictObject({
    ...address,
    limits: limitFields.optional().describe('Limits of this gateway alone.'),
  })
  .transform(withPort)
const targetEntry = z.strictObject(address).transform(withPort)

const patience = {
  noAnswerTimeoutMs: type
    .whole(100, 32_000)
    .default(4000)
    .describe(
      'After so many milliseconds without any answer, even 100, the next gateway or target is tried.',
    ),
  ringTimeoutMs: type
    .whole(1000, 180_000)
    .default(60_000)
    .describe('After so many milliseconds without a final answer the attempt is cancelled.'),
}

const inbound = z
  .strictObject({
    sources: type.list(type.cidr).default([]).describe('Networks that its calls come from, CIDR.'),
    certificates: type
      .list(type.fingerprint)
      .default([])
      .describe('SHA-256 fingerprints of client certificates that it comes with.'),
    homeRegion: type.region.describe('Region of numbers that it writes without a country code.'),
    dialPlan: dialPlan.optional().describe('What digits without `+` mean where it writes them.'),
  })
  .refine(({ sources, certificates }) => sources.length + certificates.length > 0, {
    message: 'needs sources or certificates',
  })
  .transform(({ dialPlan: plan, ...terms }) => ({ ...terms, dialPlan: plan }))
  .optional()
  .describe(
    'How it brings calls to the numbers of tenants; without this it brings none. `sources` (CIDR), `certificates` (SHA-256 fingerprints of client certificates): each is enough to know it by. `homeRegion`, `dialPlan`: how it writes numbers, as in a policy.',
  )

/** Whom calls go out through, and who brings them. */
export const carrierEntry = z
  .strictObject({
    id: type.id.describe('Its name.'),
    priority: type
      .whole(0, 1000)
      .default(0)
      .describe('The carrier with the lowest is tried first.'),
    enabled: z
      .boolean('must be true or false')
      .default(true)
      .describe('`false`: it gets no calls, and its own are refused.'),
    trusted: z
      .boolean('must be true or false')
      .default(false)
      .describe(
        '`true`: it also gets the number of a caller who withholds it, with `Privacy: id` and the signature (RFC 3325).',
      ),
    ...patience,
    inbound,
    timeZone: type.timeZone
      .default('UTC')
      .describe('IANA name; midnight there ends the day of its limits and those of its gateways.'),
    rateDeck: type.id
      .optional()
      .describe('What it charges for calls: one of `rateDecks`; a `budget` needs it.'),
    limits: limitFields
      .optional()
      .describe(
        `Limits of all its gateways together; each gateway can have its own, too. What is full is passed over. ${limitsHelp}. With a \`budget\`, calls of unknown price pass it over, too.`,
      ),
    gateways: z
      .array(gatewayEntry, 'must be a list')
      .min(1, 'needs at least one gateway')
      .describe(
        'Its addresses, in the order to try: `id`, `host`, `port` (5060, with tls 5061, where left out), `transport` (udp, tcp or tls; udp where left out), `limits`.',
      ),
  })
  .refine(
    ({ limits: own, gateways, rateDeck }) =>
      rateDeck ?? ![own, ...gateways.map((gateway) => gateway.limits)].some((of) => of?.budget),
    { path: ['rateDeck'], message: 'is missing' },
  )

/** Where a tenant takes the calls to its numbers. */
export const trunkEntry = z
  .strictObject({
    id: type.id.describe('Its name.'),
    tenant: type.id.describe('The tenant that owns it.'),
    policy: type.id.describe(
      'Rules of its calls: needs the scope `calls:receive`. Its `verification` and `callDurationMaxS` count, and of its limits those of traffic, day and month.',
    ),
    numbers: type
      .list(type.prefix)
      .default([])
      .describe(
        "Numbers that it takes, or what they begin with: E.164, in quotes. The longest match among a tenant's trunks decides. Left out: all that none of the others takes.",
      ),
    registers: z
      .boolean('must be true or false')
      .default(false)
      .describe(
        '`true`: a PBX may register for it, with the id of the trunk as the user in To, by digest with a key of the tenant that has `calls:receive`. Registered PBXs are tried first.',
      ),
    targets: z
      .array(targetEntry, 'must be a list')
      .default([])
      .describe(
        'Its static addresses, in the order to try: `id`, `host`, `port` (5060, with tls 5061, where left out), `transport` (udp, tcp or tls; udp where left out).',
      ),
    ...patience,
    identity: type
      .oneOf(['drop', 'forward'])
      .default('drop')
      .describe('`forward`: Identity headers are passed on to the tenant; `drop`: they are not.'),
    verificationHeaders: z
      .boolean('must be true or false')
      .default(false)
      .describe('`true`: X-Verstat and X-Attestation, too, say what was found of the caller.'),
    trusted: z
      .boolean('must be true or false')
      .default(false)
      .describe(
        '`true`: it also gets the number of a caller who withholds it, with `Privacy: id` (RFC 3325).',
      ),
  })
  .refine(({ registers, targets }) => registers || targets.length > 0, {
    message: 'needs targets, or registers: true',
  })
