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

Every refusal has one reason id. It stands in the SIP answer
(\`Reason: SIP;cause=403;text="geo_country_denied"\`, RFC 3326) and in the audit log alike. Whoever has not
yet proven a key hears the same for every fault of it; the audit event has the true cause. What is no SIP
message at all is answered by the engine, without a reason, and nothing is decided.
A tenant's own limit is never answered with 503 and Retry-After, which would tell the peer to send nothing
at all (RFC 3261 21.5.4).

A limit is named behind its reason: \`text="rate_exceeded (key, minute)"\`: whose it is (key, tenant, trunk, carrier, gateway) and
which (second, minute, hour, concurrency, day, month, 24h, 30d; the law's attempts are the tenant's). Of several that are full the first in
this order is named. Minutes and hours slide by their sixtieth: a place comes back up to a second, or a minute, late. Where the answer may not carry
Retry-After (RFC 3261 20.33) the seconds until it frees stand beside the text:
\`SIP;cause=403;text="daily_limit_exceeded (tenant, day)";frees-in=43200\`.

Status and phrase can be changed by \`refusals\` of the [configuration](configuration.md), reason by reason; the
reason id stays. So a day's limit may be answered with 402, or with 480 and Retry-After until the tenant's midnight.
What concerns credentials, loops and extensions is as it is here.

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
