import type { PersonalKind } from '../domain/personal.ts'
import type { AuditEvent } from './event.ts'

/**
 * How a personal member is sealed: under the keys of one kind, or, where it may speak of everybody
 * in the event (`everybody`), under all of theirs together, so that it is gone with the first.
 */
export type SealedAs = PersonalKind | 'everybody'

/** One member of an event. */
export interface Member {
  readonly help: string
  /** The whole member is personal. */
  readonly sealed?: SealedAs
  /** It is looked for: its box bears a tag by which it is found. */
  readonly tagged?: true
  /** A single word in it is one of ours, and stays readable. */
  readonly orWord?: true
  /** Members of it that are. */
  readonly parts?: Readonly<Record<string, SealedAs>>
  /** It has figures, in which whatever is a number or an address is sealed. */
  readonly figures?: true
}

type MembersOf<Type> = Exclude<keyof Extract<AuditEvent, { type: Type }>, 'type'>

const callId = { help: 'The id of the attempt, and of the call it may become.' } as const
const tenantId = { help: 'Whose.' } as const
const carrierId = { help: 'The carrier.' } as const
const trunkId = {
  help: "Instead of a carrier, of a call that comes in: the tenant's trunk.",
} as const
const gatewayId = { help: 'The gateway of it, or the target.' } as const
const figures = { help: 'What was measured.', figures: true } as const
const numbers = { help: 'Numbers it was about.', sealed: 'callee' } as const

/**
 * Every type of event with all its members, and which of them are personal. What seals events goes by
 * this table, and docs/events.md is made from it.
 */
export const eventTypes = {
  'call.decided': {
    help: 'A call was admitted or refused; durable before the SIP answer goes out.',
    members: {
      callId,
      direction: { help: '`outbound` to a carrier, `inbound` to a tenant.' },
      sipCallId: { help: "The caller's Call-ID.", sealed: 'everybody', tagged: true },
      source: {
        help: 'Address, port and transport it came from, and its client certificate.',
        parts: { address: 'address' },
      },
      admitted: { help: 'Whether it was.' },
      reason: { help: 'Why not, from the catalogue.' },
      detail: {
        help: 'The true cause behind a uniform answer; sealed where it is not one word of ours.',
        sealed: 'everybody',
        orWord: true,
      },
      keyId: { help: 'The public id of the key that was proven.' },
      tenantId,
      carrierId: { help: 'The carrier that brought it, where it comes in.' },
      trunkId: { help: 'The trunk it is for, where it comes in.' },
      caller: { help: 'Who calls, E.164, or as a carrier has it.', sealed: 'caller' },
      called: {
        help: 'Who is called: E.164, or an emergency number as dialled; where a refusal found no number, the Request-URI as it came, 64 characters at most.',
        sealed: 'callee',
      },
      attestation: { help: 'A, B or C.' },
      attestationReason: {
        help: 'Why: `number_owned`, `number_replaced`, `number_foreign`, `diverted`, `gateway_traffic`.',
      },
      mode: { help: '`live`, or `test`: it reaches no carrier.' },
      trace: {
        help: 'Each check, whether it passed, and its figures: consent and suppression among them.',
        figures: true,
      },
    },
  },
  'call.dialled': {
    help: 'An INVITE left for a gateway.',
    members: {
      callId,
      carrierId,
      trunkId,
      gatewayId,
      attempt: { help: 'The how manieth, from 1.' },
    },
  },
  'call.passed_over': {
    help: 'A gateway had no room for it.',
    members: {
      ...{ callId, carrierId, trunkId, gatewayId },
      limit: {
        help: 'Whose limit was full, and which one; left out where the store could not tell.',
      },
      freesInMs: { help: 'When it frees, milliseconds from then, where that is known.' },
    },
  },
  'call.attempt_failed': {
    help: 'A gateway did not take it.',
    members: {
      callId,
      gatewayId,
      status: { help: 'Its SIP status, or the one that stands for it.' },
      cause: { help: '`response`, `no_answer`, `ring_timeout`, `unsent`.' },
    },
  },
  'call.ringing': {
    help: 'A gateway rings.',
    members: { callId, gatewayId, status: { help: 'The SIP status.' } },
  },
  'call.answered': { help: 'It was answered.', members: { callId, gatewayId, carrierId, trunkId } },
  'call.ended': {
    help: 'The last event of every admitted call.',
    members: {
      callId,
      endedBy: { help: '`caller`, `callee`, `gate`.' },
      cause: { help: 'Why: [teardown.md](teardown.md).' },
      status: { help: 'What the caller heard; 200 once answered.' },
      durationMs: { help: 'From answer to end.' },
      costMicros: { help: 'By the rate deck, millionths of the currency.' },
      currency: { help: 'ISO 4217.' },
    },
  },
  'trunk.registered': {
    help: 'What is bound to a trunk has changed: a PBX has registered for it, or has gone.',
    members: {
      trunkId: { help: 'The trunk.' },
      tenantId,
      keyId: { help: 'The key by which it has registered.' },
      source: { help: 'Where it came from.', parts: { address: 'address' } },
      contacts: { help: 'How many Contacts are bound now.' },
    },
  },
  'trunk.register_refused': {
    help: 'Somebody may not register.',
    members: {
      source: { help: 'Where it came from.', parts: { address: 'address' } },
      reason: { help: 'Why not, from the catalogue.' },
      detail: {
        help: 'The true cause behind a uniform answer.',
        sealed: 'everybody',
        orWord: true,
      },
      keyId: { help: 'The public id of the key that was proven.' },
      tenantId,
    },
  },
  'cli.used': {
    help: 'The command line was used: when it begins, and again with its result.',
    members: {
      useId: { help: 'The same in both.' },
      stage: { help: '`began`, `ended`.' },
      command: { help: 'Its words.' },
      given: { help: 'Options and arguments, but for personal data and credentials.' },
      tenantId,
      numbers,
      actor: { help: 'The account, and who used `sudo`.', sealed: 'actor' },
      from: { help: 'Address of a remote login.', sealed: 'address' },
      result: { help: 'The exit code.' },
      linesRead: { help: 'Lines of answer.' },
    },
  },
  'api.used': {
    help: 'A program used the API: what may change something also when it begins.',
    members: {
      requestId: { help: 'Of the request, the same in both.' },
      stage: { help: '`began`, `ended`.' },
      keyId: { help: 'The key it came with.' },
      tenantId,
      actor: { help: 'The person, where one is known.', sealed: 'actor' },
      from: { help: 'Address it came from.', sealed: 'address' },
      operation: { help: 'Method and route.' },
      numbers,
      about: { help: 'What its path names: a call by our id, a key, an entry that is declared.' },
      result: { help: 'The HTTP status.' },
      read: { help: 'What was read, and how much.' },
    },
  },
  'config.changed': {
    help: 'Something that calls are judged by is new, other or gone.',
    members: {
      subject: {
        help: '`setting`, `tenant`, `key`, `policy`, `carrier`, `trunk`, `list`, `refusals`.',
      },
      id: { help: 'Which.' },
      tenantId,
      before: { help: 'Canonical JSON without credentials and personal data.' },
      after: { help: 'The same.' },
      networks: { help: 'Networks that a key works from now.', sealed: 'address' },
    },
  },
  'state.changed': {
    help: 'A breaker, a ban, an opt-out or a consent is new, other or gone by what a person did.',
    members: {
      subject: { help: '`breaker`, `ban`, `opt_out`, `consent`.' },
      id: { help: 'Which, where that is not a number or an address.' },
      tenantId,
      before: { help: 'Canonical JSON without credentials and personal data.' },
      after: { help: 'The same.' },
      number: { help: 'Whose number it is about.', sealed: 'callee' },
      address: { help: 'Where they are who were banned.', sealed: 'address' },
    },
  },
  'subject.erased': {
    help: 'What is on record of a number or address of a tenant can no longer be read.',
    members: { tenantId, keys: { help: 'Keys destroyed.' } },
  },
  'retention.applied': {
    help: 'Months whose time is over can no longer be read.',
    members: {
      tenantId,
      kind: { help: 'Kind of personal data, or `records`.' },
      throughMonth: { help: 'The last month that is gone.' },
    },
  },
  'alert.raised': {
    help: 'Somebody was told: breakers, bans, use out of office.',
    members: {
      kind: { help: 'Which alert.' },
      keyId: { help: 'The public id of a key.' },
      tenantId,
      figures,
    },
  },
  'gate.started': {
    help: 'A gate takes calls.',
    members: { version: { help: 'Its version.' }, engine: { help: 'Its engine.' } },
  },
  'gate.draining': {
    help: 'A gate takes no new calls.',
    members: { running: { help: 'Calls in progress.' } },
  },
  'gate.stopped': { help: 'A gate has ended.', members: { cause: { help: 'Why.' } } },
  'audit.resumed': {
    help: 'The log can be written again after a failure of the disk.',
    members: {
      silentMs: { help: 'How long nothing was written.' },
      kept: { help: 'Events of running calls that waited, each with its moment: they follow.' },
      lost: { help: 'Events of running calls that were more than can wait.' },
      lostCalls: { help: 'Calls of those, the first 100.' },
      unrecorded: { help: 'Attempts and uses of the API that were refused for it, and alerts.' },
    },
  },
} as const satisfies {
  readonly [Type in AuditEvent['type']]: {
    readonly help: string
    readonly members: { readonly [Name in MembersOf<Type>]: Member }
  }
}

/** The members of a type of event, each under its name. */
export function membersOf(type: AuditEvent['type']): Readonly<Record<string, Member>> {
  return eventTypes[type].members
}
