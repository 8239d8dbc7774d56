import { eventTypes, type Member, membersOf } from '../audit/event-types.ts'
import { markdownTable } from '../config/markdown-table.ts'
import { usualRetention } from '../domain/personal.ts'

type EventType = keyof typeof eventTypes

/** The page docs/events.md. */
export function eventsPage(): string {
  const types = Object.keys(eventTypes) as EventType[]
  return `# What is written down

<!-- Made from src/audit/event-types.ts by \`npm run docs\`; do not edit. -->

Every entry of the audit log is one event: its \`type\` and the members below, in canonical JSON (RFC 8785). What
does not apply is left out. Where the last column names a kind, the member is personal data: it is sealed
([records.md](records.md)) and stays readable for so many months, unless its tenant has other terms.

${markdownTable(['kind', 'is', 'months kept'], kindRows)}

\`everybody\`: it may speak of anyone in the event, so it becomes unreadable with the first of them. \`numbers and addresses\`: those
in its figures are sealed.

${types.map(section).join('\n')}`
}

const kindRows = [
  ['`caller`', 'who calls', String(usualRetention.callerMonths)],
  ['`callee`', 'who is called, or asked about', String(usualRetention.calleeMonths)],
  ['`address`', 'where it came from', String(usualRetention.addressMonths)],
  ['`actor`', 'who used the command line or the API', String(usualRetention.actorMonths)],
]

function section(type: EventType): string {
  const rows = Object.entries(membersOf(type)).map(([name, member]) => [
    ...[`\`${name}\``, member.help, personal(member)],
  ])
  return `## ${type}\n\n${eventTypes[type].help}\n\n${markdownTable(['member', 'is', 'personal'], rows)}\n`
}

function personal({ sealed, parts = {}, figures }: Member): string {
  if (sealed) return `\`${sealed}\``
  if (figures) return 'numbers and addresses'
  const named = Object.entries(parts).map(([part, kind]) => `\`${part}\`: \`${kind}\``)
  return named.join(', ')
}
