import { z } from 'zod'
import { callClasses } from '../domain/call-class.ts'
import { recordingPractices } from '../domain/compliance.ts'
import { usualConduct } from '../domain/conduct.ts'
import { usualRetention } from '../domain/personal.ts'
import { numberTypes, scopes } from '../domain/policy.ts'
import { choosableStatuses, fixedReasons, type Reason, reasons } from '../domain/refusals.ts'
import { weekdays } from '../domain/tenant.ts'
import { unverifiedConducts, usualVerification } from '../domain/verification-policy.ts'
import { carrierEntry, trunkEntry } from './carrier-entries.ts'
import { dialPlan, limitFields, limitsHelp } from './common-entries.ts'
import { callerTerms, richCallData, tenantIdentity } from './identity-entries.ts'
import { keyTerms } from './key-terms.ts'
import { numberEntry } from './number-entry.ts'
import { operatorEntry } from './operator-entry.ts'
import * as type from './types.ts'

// What an operator declares in the file, entry by entry, in the words of the domain. The
// descriptions become docs/configuration.md.

const secondsOfDay = 86_400

const limits = limitFields.prefault({}).describe(`${limitsHelp}; what is left out has no limit.`)

/** The types that an ordinary number has; all others are denied unless a policy names them. */
const ordinaryNumberTypes = [
  'FIXED_LINE',
  'MOBILE',
  'FIXED_LINE_OR_MOBILE',
  'TOLL_FREE',
  'VOIP',
  'UAN',
] as const

/** A share of calls, 0 to 1. */
const share = z.number('must be a number from 0 to 1').min(0).max(1)

const breaker = z
  .strictObject({
    attemptsFactorMax: z
      .number('must be a number')
      .min(1)
      .max(1000)
      .default(5)
      .describe(
        'How many times the usual attempts of this hour of the week in one minute are too many.',
      ),
    attemptsFloor: type
      .whole(1, 100_000)
      .default(60)
      .describe('Attempts in a minute that are never too many; what is left while throttled.'),
    callsMin: type
      .whole(1, 100_000)
      .default(50)
      .describe('Calls in the last minutes below which no share is looked at.'),
    answeredShareMin: share
      .optional()
      .describe('Of the calls that ended, at least so many were answered, 0 to 1.'),
    shortShareMax: share
      .optional()
      .describe('Of the calls answered, at most so many ended within six seconds, 0 to 1.'),
    distinctShareMax: share
      .optional()
      .describe('Of the attempts, at most so many went to a number of their own, 0 to 1.'),
    sequentialShareMax: share
      .optional()
      .describe(
        'Of the attempts, at most so many went to a number next to the one before, 0 to 1.',
      ),
    refusedShareMax: share
      .optional()
      .describe('Of the attempts, at most so many were refused, 0 to 1.'),
    openS: type
      .whole(1, secondsOfDay)
      .default(300)
      .describe('Seconds that it stays open before trial calls pass.'),
    probes: type.whole(1, 1000).default(5).describe('How many trial calls pass.'),
  })
  .optional()
  .describe(
    'When its spike breaker opens (decision 0073): `attemptsFactorMax` (5), `attemptsFloor` (60), `callsMin` (50), `answeredShareMin`, `shortShareMax`, `distinctShareMax`, `sequentialShareMax`, `refusedShareMax`, `openS` (300), `probes` (5). Without it, never. One sign throttles to `attemptsFloor` calls a minute, two open it.',
  )

const officeHours = z
  .array(
    z
      .strictObject({
        days: type
          .list(type.oneOf(weekdays))
          .default(['mon', 'tue', 'wed', 'thu', 'fri'])
          .describe('Days of the week.'),
        from: type.minuteOfDay.describe('The time at which it begins, such as `08:30`.'),
        to: type.minuteOfDay.describe('The time at which it ends, `24:00` at most.'),
      })
      .refine(({ from, to }) => from < to, {
        message: 'must be later than from; what goes on past midnight is two entries',
        path: ['to'],
      }),
    'must be a list',
  )
  .optional()
  .describe(
    'When it usually calls, in its time zone, a list: `days` (mon to fri where left out), `from`, `to` ("08:00"). Calls at other times raise an alert.',
  )

const retained = (months: number) => type.whole(1, 240).default(months)

const retention = z
  .strictObject({
    callerMonths: retained(usualRetention.callerMonths).describe(
      'Months for the numbers of callers.',
    ),
    calleeMonths: retained(usualRetention.calleeMonths).describe(
      'Months for the numbers of callees.',
    ),
    addressMonths: retained(usualRetention.addressMonths).describe('Months for addresses.'),
    actorMonths: retained(usualRetention.actorMonths).describe('Months for names of people.'),
    recordMonths: retained(usualRetention.recordMonths).describe('Months for call records.'),
  })
  .optional()
  .describe(
    `For how many whole months personal data in the audit log stay readable and call records are kept: ${Object.entries(
      usualRetention,
    )
      .map(([name, months]) => `\`${name}\` (${months})`)
      .join(', ')}.`,
  )

const tenantEntry = z
  .strictObject({
    id: type.id.describe('Its name in this file, in logs and in the audit log.'),
    name: type.text().optional().describe('What people call it.'),
    status: type
      .oneOf(['active', 'suspended'])
      .default('active')
      .describe('`active`, or `suspended`: none of its calls are admitted.'),
    timeZone: type.timeZone
      .default('UTC')
      .describe('IANA name; midnight there ends the day of its limits.'),
    rateDeck: type.id
      .optional()
      .describe('What its calls cost: one of `rateDecks`; a `budget` needs it.'),
    origId: z
      .uuid('must be a UUID')
      .optional()
      .describe('UUID in every PASSporT (RFC 8588 5); where left out, one for each key.'),
    identity: tenantIdentity,
    rcd: richCallData,
    limits,
    breaker,
    officeHours,
    retention,
  })
  .refine(({ limits: own, rateDeck }) => rateDeck !== undefined || own.budget === undefined, {
    path: ['limits', 'budget'],
    message: 'needs rateDeck: with no price known every call is refused',
  })

const prefixes = z
  .strictObject({
    lists: type.list(type.id).default([]).describe('Ids of `prefixLists`.'),
    allow: type.list(type.prefix).default([]).describe('E.164 prefixes that may be called.'),
    deny: type.list(type.prefix).default([]).describe('E.164 prefixes that may not be called.'),
    only: z
      .boolean('must be true or false')
      .default(false)
      .describe('Whether a number that matches none is refused.'),
  })
  .optional()

const conduct = z
  .strictObject({
    callClasses: z
      .array(type.oneOf(callClasses), 'must be a list')
      .min(1, 'names no class')
      .default([...usualConduct.callClasses])
      .describe('What X-Call-Class may say; a call without it is of the first.'),
    consentClasses: type
      .list(type.oneOf(callClasses))
      .default([...usualConduct.consentClasses])
      .describe('Classes that need consent on record wherever the callee is.'),
    calleeTimeZone: type.timeZone
      .optional()
      .describe('IANA name, for numbers that tell no time zone.'),
    recording: type
      .oneOf(recordingPractices)
      .default(usualConduct.recording)
      .describe(
        'How the tenant records: not (`none`), `unannounced`, after an announcement (`announced`), or after everybody agreed (`agreed`).',
      ),
  })
  .transform(({ calleeTimeZone, ...rest }) => ({ ...rest, calleeTimeZone }))

const verification = z
  .strictObject({
    unsigned: type
      .oneOf(unverifiedConducts)
      .default(usualVerification.unsigned)
      .describe('The call has no Identity header of a known kind: `pass`, `mark` or `refuse` it.'),
    failed: type
      .oneOf(unverifiedConducts)
      .default(usualVerification.failed)
      .describe(
        'The call has an Identity header that does not hold: `pass`, `mark` or `refuse` it.',
      ),
  })
  .optional()
  .describe(
    'What becomes of a call to its tenant whose caller is not verified. `unsigned` (it has no Identity header of a known kind) and `failed` (it has one that does not hold) are each `pass` (as it came), `mark` (passed on with verstat; where left out) or `refuse` (428, 403, 436, 437 or 438).',
  )

const policyEntry = z.strictObject({
  id: type.id.describe('Its name.'),
  enforcement: type
    .oneOf(['enforce', 'shadow'])
    .default('enforce')
    .describe(
      '`shadow`: its rules and limits refuse nothing; the audit log says what they would have refused. ' +
        "The tenant's limits and breaker still hold, and so do the law, lists and opt-outs.",
    ),
  scopes: type
    .list(type.oneOf(scopes))
    .default(['calls:make'])
    .describe(`What a key may do: ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`),
  regions: type
    .list(type.region)
    .describe('Regions that may be called, ISO 3166; `"001"` for the world-wide country codes.'),
  numberTypes: type
    .list(type.oneOf(numberTypes))
    .default([...ordinaryNumberTypes])
    .describe(`Types of number that may be called, of ${numberTypes.join(', ')}.`),
  homeRegion: type.region.describe('Region of numbers without a country code.'),
  dialPlan: dialPlan
    .optional()
    .describe(
      'What digits without `+` mean: `outsideLine` (digits before every number), `internationalPrefixes`, `nationalPrefix`, `local` (`areaCode`, `length`). What a plan leaves out, it does not have. Without a plan they mean what they mean in `homeRegion`. Digits that mean two numbers are refused.',
    ),
  prefixes: prefixes.describe(
    'Finer than regions: `lists` (of `prefixLists`), `allow`, `deny` (E.164 prefixes in quotes). The longest prefix decides, and of two equal ones the denied. A number that matches none may pass, unless `only` is `true`.',
  ),
  conduct: conduct
    .optional()
    .describe(
      `\`callClasses\` (what X-Call-Class may say, of ${callClasses.join(', ')}; without that header a call is of the first; \`[transactional]\` where left out), \`consentClasses\` (classes that need consent on record wherever the callee is; \`[marketing]\` where left out), \`calleeTimeZone\` (for numbers that tell none), \`recording\` (how the tenant records: ${recordingPractices.join(', ')}; \`none\` where left out).`,
    ),
  ...callerTerms,
  callDurationMaxS: type
    .whole(1, secondsOfDay)
    .default(4 * 3600)
    .describe('Seconds after which a running call is ended.'),
  whenStoreLost: type
    .oneOf(['refuse', 'local'])
    .default('refuse')
    .describe(
      'While Redis is lost, calls are refused (`refuse`), or each gate admits its part of each limit (`local`).',
    ),
  priceMax: z
    .strictObject({
      currency: type.currency.describe('Currency, ISO 4217.'),
      perMinuteMicros: type.micros.describe('In millionths of the currency.'),
    })
    .optional()
    .describe(
      'The most that a minute may cost, connection fee included: `currency`, `perMinuteMicros`.',
    ),
  limits,
  breaker,
  verification,
})

const keyEntry = z
  .strictObject({
    id: type.id.describe('The public id of the key; with `generate`, just a name.'),
    tenant: type.id.describe('The tenant that owns it.'),
    policy: type.id.describe('The policy that says what it may do.'),
    mode: type
      .oneOf(['live', 'test'])
      .default('live')
      .describe('`live`, or `test`: its calls are judged and never placed.'),
    ...keyTerms,
    secretHash: type.secretHash
      .optional()
      .describe('`sha256:` and the hexadecimal SHA-256 of the secret part.'),
    digest: type.sealedDigest
      .optional()
      .describe(
        'What digest answers are checked with; `npm run mint-key` prints it if TOLLGATE_MASTER_KEY is set.',
      ),
    certificates: type
      .list(type.fingerprint)
      .default([])
      .describe('SHA-256 fingerprints of client certificates that stand for the key.'),
    generate: z
      .literal(true, 'must be true or left out')
      .optional()
      .describe('`true`: a fresh key at every start, printed once. For demos, not for production.'),
  })
  .refine((key) => (key.secretHash === undefined) !== (key.generate === undefined), {
    message: 'needs either secretHash or generate: true',
  })
  .refine((key) => key.secretHash === undefined || /^[0-9A-Za-z]{16}$/.test(key.id), {
    path: ['id'],
    message: 'must be the 16 letters and digits of the key itself: tg_live_<id>_...',
  })

const badLines = type
  .oneOf(['refuse', 'skip'])
  .default('refuse')
  .describe('With a bad line: `refuse` the file, or `skip` the line.')

const rateDeckEntry = z.strictObject({
  id: type.id.describe('Its name.'),
  file: type
    .text(1000)
    .describe(
      'CSV with `prefix`, `price_per_minute`, `currency`, and optionally `connection_fee`, `first_increment_s`, `next_increment_s`, `effective_from`, `effective_until`.',
    ),
  badLines,
})

const prefixListEntry = z.strictObject({
  id: type.id.describe('Its name.'),
  file: type
    .text(1000)
    .describe(
      'CSV with `prefix`, and optionally `effect` (`allow` or `deny`; `deny` where empty), `source`, `date`.',
    ),
  badLines,
})

const suppressionListEntry = z.strictObject({
  id: type.id.describe('Its name.'),
  file: type.text(1000).describe('CSV with `number`, E.164 with or without `+`.'),
  badLines,
  tenant: type.id
    .optional()
    .describe('The tenant whose calls it stops; where left out, all tenants.'),
  classes: type
    .list(type.oneOf(callClasses))
    .default(['marketing', 'transactional'])
    .describe('Classes of calls that it stops.'),
})

const refusalEntry = z
  .strictObject({
    reason: type
      .oneOf(reasons.filter((reason) => !fixedReasons.has(reason)) as [Reason, ...Reason[]])
      .describe(
        'One of [refusals.md](refusals.md), but for those about credentials, loops and extensions.',
      ),
    status: type
      .whole(400, 699)
      .refine((status) => choosableStatuses.includes(status), {
        message: `must be one of ${choosableStatuses.join(', ')}`,
      })
      .optional()
      .describe(
        `One of ${choosableStatuses.join(', ')}; Retry-After goes with it where RFC 3261 20.33 allows, never with the 503 of a tenant's limit.`,
      ),
    phrase: type.phrase.optional().describe('The words behind the status.'),
  })
  .refine(({ status, phrase }) => status ?? phrase, { message: 'needs status or phrase' })

/** The lists of the file and what their entries are. */
export const entryTypes = {
  tenants: tenantEntry,
  policies: policyEntry,
  keys: keyEntry,
  operators: operatorEntry,
  numbers: numberEntry,
  carriers: carrierEntry,
  trunks: trunkEntry,
  rateDecks: rateDeckEntry,
  prefixLists: prefixListEntry,
  suppressionLists: suppressionListEntry,
  refusals: refusalEntry,
} as const

export type ListName = keyof typeof entryTypes

/** One entry that stood the check of its own shape, and its place in the file. */
export interface Placed<Entry> {
  readonly index: number
  readonly entry: Entry
}

/** Every entry that stood the check of its own shape. */
export type Declared = {
  readonly [Name in ListName]: readonly Placed<z.output<(typeof entryTypes)[Name]>>[]
}
