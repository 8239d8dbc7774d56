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
const tenantId = { help: 'The tenant.' } as const
const carrierId = { help: 'The carrier.' } as const
const trunkId = {
  help: "Of a call that comes in, instead of a carrier: the tenant's trunk.",
} as const
const gatewayId = { help: 'The gateway of the carrier, or the target of the trunk.' } as const
const figures = { help: 'What was measured.', figures: true } as const
const numbers = { help: 'Numbers it was about.', sealed: 'callee' } as const

/**
 * Every type of event with all its members, and which of them are personal. What seals events goes by
 * this table, and docs/events.md is made from it.
 */
export const eventTypes = {
  'call.decided': {
    help: 'A call was admitted or refused. This is durable before the caller hears anything but the 100.',
    members: {
      callId,
      direction: { help: '`outbound` to a carrier, `inbound` to a tenant.' },
      sipCallId: { help: "The caller's Call-ID.", sealed: 'everybody', tagged: true },
      source: {
        help: 'Address, port and transport it came from, and its client certificate.',
        parts: { address: 'address' },
      },
      admitted: { help: 'Whether it was admitted.' },
      reason: { help: 'Why it was refused: a reason of [refusals.md](refusals.md).' },
      detail: {
        help: 'The true cause behind a uniform answer; sealed unless it is one of our own words.',
        sealed: 'everybody',
        orWord: true,
      },
      keyId: { help: 'The public id of the key that was proven.' },
      tenantId,
      carrierId: { help: 'Of a call that comes in: the carrier that brought it.' },
      trunkId: { help: 'Of a call that comes in: the trunk that it is for.' },
      caller: { help: 'Who calls: E.164, or as a carrier wrote it.', sealed: 'caller' },
      called: {
        help: 'Who is called: E.164, or an emergency number as dialled; where a refusal found no number, the Request-URI as it came, 64 characters at most.',
        sealed: 'callee',
      },
      attestation: { help: 'How far the gate vouches for the caller ID: A, B or C.' },
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
      attempt: { help: 'Which dialling of the call it is, counted from 1.' },
    },
  },
  'call.passed_over': {
    help: 'A gateway had no room for the call.',
    members: {
      callId,
      carrierId,
      trunkId,
      gatewayId,
      limit: {
        help: 'Whose limit was full, and which one; left out where the store could not tell.',
      },
      freesInMs: { help: 'When it frees, milliseconds from then, where that is known.' },
    },
  },
  'call.attempt_failed': {
    help: 'A gateway did not take the call.',
    members: {
      callId,
      gatewayId,
      status: { help: 'The SIP status that it answered, or the one that stands for no answer.' },
      cause: { help: '`response`, `no_answer`, `ring_timeout`, `unsent`.' },
    },
  },
  'call.ringing': {
    help: 'The call rings at a gateway.',
    members: { callId, gatewayId, status: { help: 'The SIP status.' } },
  },
  'call.answered': {
    help: 'The call was answered.',
    members: { callId, gatewayId, carrierId, trunkId },
  },
  'call.ended': {
    help: 'The last event of every admitted call.',
    members: {
      callId,
      endedBy: { help: 'Who ended it: `caller`, `callee` or `gate`.' },
      cause: { help: 'Why it ended: a cause of [teardown.md](teardown.md).' },
      status: { help: 'The status that the caller got; 200 once answered.' },
      durationMs: { help: 'From answer to end, milliseconds; 0 if it was not answered.' },
      costMicros: { help: 'Cost by the rate deck, in millionths of the currency.' },
      currency: { help: 'Currency, ISO 4217.' },
    },
  },
  'trunk.registered': {
    help: 'The bindings of a trunk have changed: a PBX has registered for it, or has gone.',
    members: {
      trunkId: { help: 'The trunk.' },
      tenantId,
      keyId: { help: 'The key by which it has registered.' },
      source: { help: 'Where it came from.', parts: { address: 'address' } },
      contacts: { help: 'How many Contacts are bound now.' },
    },
  },
  'trunk.register_refused': {
    help: 'A registration was refused.',
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
    help: 'The command line was used: written when it begins, and again with its result.',
    members: {
      useId: { help: 'The same in both.' },
      stage: { help: '`began`, `ended`.' },
      command: { help: 'The command.' },
      given: { help: 'Its options and arguments, without personal data and credentials.' },
      tenantId,
      numbers,
      actor: { help: 'The account, and who got to it by `sudo`.', sealed: 'actor' },
      from: { help: 'Address of a remote login.', sealed: 'address' },
      result: { help: 'The exit code.' },
      linesRead: { help: 'How many lines it printed.' },
    },
  },
  'api.used': {
    help: 'A program used the API: written with its result, and when it begins too if it may change something.',
    members: {
      requestId: { help: 'The id of the request, the same in both.' },
      stage: { help: '`began`, `ended`.' },
      keyId: { help: 'The key it came with.' },
      tenantId,
      actor: { help: 'The person, where one is known.', sealed: 'actor' },
      from: { help: 'Address it came from.', sealed: 'address' },
      operation: { help: 'Method and route.' },
      numbers,
      about: { help: 'What its path names: a call by our id, a key, a declared entry.' },
      result: { help: 'The HTTP status.' },
      read: { help: 'What was read, and how much.' },
    },
  },
  'config.changed': {
    help: 'Something that calls are judged by is new, changed or gone.',
    members: {
      subject: {
        help: '`setting`, `tenant`, `key`, `operator`, `policy`, `carrier`, `trunk`, `list`, `refusals`.',
      },
      id: { help: 'Its id.' },
      tenantId,
      before: { help: 'As it was: canonical JSON without credentials and personal data.' },
      after: { help: 'As it is now, in the same form.' },
      networks: { help: 'Networks that a key works from now.', sealed: 'address' },
    },
  },
  'state.changed': {
    help: 'A person made, changed or removed a breaker state, a ban, an opt-out or a consent.',
    members: {
      subject: { help: '`breaker`, `ban`, `opt_out`, `consent`.' },
      id: { help: 'Its id, where that is not a number or an address.' },
      tenantId,
      before: { help: 'As it was: canonical JSON without credentials and personal data.' },
      after: { help: 'As it is now, in the same form.' },
      number: { help: 'The number that it is about.', sealed: 'callee' },
      address: { help: 'The address that was banned.', sealed: 'address' },
    },
  },
  'subject.erased': {
    help: 'A number or address in the events of a tenant was made unreadable.',
    members: { tenantId, keys: { help: 'How many keys were destroyed.' } },
  },
  'retention.applied': {
    help: 'Months that are past their retention were made unreadable.',
    members: {
      tenantId,
      kind: { help: 'Kind of personal data, or `records`.' },
      throughMonth: { help: 'The last month that this covers.' },
    },
  },
  'alert.raised': {
    help: 'An alert was raised: decision 74.',
    members: {
      kind: { help: 'The kind of alert.' },
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
    members: { running: { help: 'How many calls are in progress.' } },
  },
  'gate.stopped': { help: 'A gate has ended.', members: { cause: { help: 'Why.' } } },
  'audit.resumed': {
    help: 'The log can be written again after a disk failure.',
    members: {
      silentMs: { help: 'For how long nothing was written.' },
      kept: {
        help: 'How many events of running calls waited; they follow, each with its own moment.',
      },
      lost: { help: 'How many events of running calls are lost, because no more could wait.' },
      lostCalls: { help: 'The first 100 calls of the lost events.' },
      unrecorded: {
        help: 'How many attempts and uses of the API were refused for it, and alerts not recorded.',
      },
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
