import { markdownTable } from '../config/markdown-table.ts'
import { maySayWhen, type Reason, type Refusal, reasons, refusals } from '../domain/refusals.ts'

const retryAfter = {
  none: '-',
  given: 'when trying again may help',
  random: 'a few seconds, at random',
} as const satisfies Record<Refusal['retryAfter'], string>

/** The page docs/refusals.md. */
export function refusalsPage(): string {
  return `# What a refused caller hears

<!-- Made from src/domain/refusals.ts by \`npm run docs\`; do not edit. -->

Every refusal has one reason id. The SIP answer has it (\`Reason: SIP;cause=403;text="geo_country_denied"\`, RFC 3326), and so has the
audit log. A caller who has not yet proven a key gets the same answer for every fault of it; the audit event has the true
cause. What the engine answers by itself, because it is malformed, has come before, or belongs to no call, has no reason, is not decided
and not recorded ([teardown.md](teardown.md#before-the-gate)).
A tenant's own limit is never answered with 503 and Retry-After, which would tell the peer to send nothing
at all (RFC 3261 21.5.4).

A limit is named behind its reason, as in \`text="rate_exceeded (key, minute)"\`: whose it is (key, tenant, trunk, carrier, gateway), and
which (second, minute, hour, concurrency, day, month, 24h, 30d; the attempts that the law allows are the tenant's). If several are full, the
first in this order is named. Minutes and hours slide in sixtieths: a place comes back up to a second, or a minute, late. Where the answer may
not carry Retry-After (RFC 3261 20.33), the seconds until a place is free stand beside the text:
\`SIP;cause=403;text="daily_limit_exceeded (tenant, day)";frees-in=43200\`.

\`refusals\` of the [configuration](configuration.md) changes status and phrase, reason by reason; the reason id stays. So a day's
limit may be answered with 402, or with 480 and Retry-After until the tenant's midnight. Answers about credentials, loops and
extensions cannot be changed.

${markdownTable(['reason', 'SIP answer', 'Retry-After', 'cause'], reasons.map(row))}
`
}

function row(reason: Reason): string[] {
  const refusal: Refusal = refusals[reason]
  const answer = `${refusal.status} ${refusal.phrase}`
  const isKnown = refusal.retryAfter === 'given' && !maySayWhen(refusal)
  const when = isKnown ? '`frees-in`' : retryAfter[refusal.retryAfter]
  return [`\`${reason}\``, answer, when, refusal.help]
}
