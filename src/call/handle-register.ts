import type { AdmitRegistration, MayRegister } from '../admission/registration.ts'
import type { AuditLog } from '../audit/event.ts'
import { type Binding, type Bindings, bindingMaxS } from '../domain/binding.ts'
import type { Refused } from '../domain/decision.ts'
import type { RefusalCatalogue } from '../domain/refusals.ts'
import { type Clock, sleep } from '../kernel/clock.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import { type Asked, type AskedContact, askedOf } from '../sip/contacts.ts'
import { type Answer, plainAnswer } from '../sip/messages.ts'
import { sequenceOf } from '../sip/raw-message.ts'
import type { ReceivedRegister } from '../sip/register.ts'
import { refusalAnswer } from './refusal-answer.ts'
import type { Guard } from './stages.ts'

/** What registering takes. */
export interface Registrar {
  readonly admit: AdmitRegistration
  readonly bindings: Bindings
  readonly guard: Pick<Guard, 'learn' | 'delay'>
  /** Whether a carrier is there, who would take a call of ours for whatever number it names. */
  isCarrier(host: string, port: number): boolean
  readonly audit: AuditLog
  readonly refusals: RefusalCatalogue
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** How long a binding lasts at least, seconds. */
const expiresMinS = 60
/** PBXs of one trunk that are registered at once. */
const bindingsMax = 4
const callIdCharsMax = 256

/** RFC 3261 10.3: answers a REGISTER. Never rejects. */
export async function handleRegister(
  registrar: Registrar,
  register: ReceivedRegister,
): Promise<void> {
  const { refusals: catalogue, random, logger, guard, clock } = registrar
  const decision = await registrar.admit(register.attempt)
  const delayMs = guard.learn(register.attempt, decision)
  if (!decision.admitted) {
    if (delayMs === 'silence') return
    using held = delayMs > 0 ? guard.delay() : undefined
    if (held) await sleep(clock, delayMs)
    await noteRefusal(registrar, register, decision).catch(() => undefined)
    return register.answer(refusalAnswer({ ...decision, catalogue, random }))
  }
  try {
    register.answer(await bind(registrar, register, decision))
  } catch (error) {
    const cause = messageOf(error)
    logger.error({ trunkId: decision.trunk.id, cause }, 'a registration could not be stored')
    register.answer(refusalAnswer({ reason: 'store_unavailable', catalogue, random }))
  }
}

/** A challenge is no refusal, and nobody has refused who could not be decided on. */
async function noteRefusal(
  { audit }: Registrar,
  { attempt }: ReceivedRegister,
  { reason, detail, key }: Refused,
): Promise<void> {
  if (reason === 'credentials_missing' || reason === 'credentials_stale') return
  const { source } = attempt
  const names = { keyId: key?.id, tenantId: key?.tenantId }
  await audit.append({ type: 'trunk.register_refused', source, reason, detail, ...names })
}

async function bind(
  { bindings, audit, clock, isCarrier }: Registrar,
  { attempt, message }: ReceivedRegister,
  { trunk, key, tenant }: MayRegister,
): Promise<Answer> {
  const asked = askedOf(message)
  const transport = transportOf(attempt.source.protocol)
  if (asked.kind === 'malformed' || !transport) return plainAnswer(400, 'Bad Contact')
  const nowMs = clock.now()
  const { address: host, port } = attempt.source
  const flow = { host, port, transport } as const
  const refusal = asked.kind === 'bind' ? obstacleTo(asked.contacts, flow) : undefined
  if (refusal) return refusal
  // Over UDP it may be forged, and calls go where the registration came from.
  if (asked.kind === 'bind' && isCarrier(host, port)) return plainAnswer(403, 'Not From A Carrier')
  const cseq = sequenceOf(message)
  if (cseq < 0) return plainAnswer(400, 'Bad CSeq')
  const callId = attempt.sipCallId.slice(0, callIdCharsMax)
  const registration = { ...flow, keyId: key.id, callId, cseq }
  const before = bindings.of(trunk.id, nowMs)
  if (asked.kind === 'list') return listed(before, nowMs)
  let overtaken = false
  const after = await bindings.change(trunk.id, nowMs, (current) => {
    overtaken = current.some((one) => one.callId === callId && one.cseq >= cseq)
    return overtaken ? undefined : changed(current, asked, { registration, nowMs })
  })
  // RFC 3261 10.3 step 7: it came late, behind one that was sent after it.
  if (overtaken) return plainAnswer(400, 'Overtaken')
  if (after.map(contactOf).join() !== before.map(contactOf).join()) {
    const { source } = attempt
    const names = { trunkId: trunk.id, tenantId: tenant.id, keyId: key.id }
    await audit.append({ type: 'trunk.registered', ...names, source, contacts: after.length })
  }
  return listed(after, nowMs)
}

function contactOf({ contact }: Binding): string {
  return contact
}

/** RFC 3261 10.3 step 8: all that is bound, with what is left of each. */
function listed(bindings: readonly Binding[], nowMs: number): Answer {
  const contacts = bindings.map(
    ({ contact, untilMs }) => `<${contact}>;expires=${Math.round((untilMs - nowMs) / 1000)}`,
  )
  const date = { Date: new Date(nowMs).toUTCString() }
  const headers = contacts.length === 0 ? date : { ...date, Contact: contacts.join(', ') }
  return plainAnswer(200, 'OK', headers)
}

type Flow = Pick<Binding, 'host' | 'port' | 'transport'>

/** Why these Contacts cannot be bound. */
function obstacleTo(contacts: readonly AskedContact[], flow: Flow): Answer | undefined {
  // RFC 3261 10.2.8.
  if (contacts.some(({ expiresS }) => expiresS && expiresS > 0 && expiresS < expiresMinS)) {
    return plainAnswer(423, 'Interval Too Brief', { 'Min-Expires': String(expiresMinS) })
  }
  // A call is sent where the registration came from. Over a connection the Contact is where it would
  // go once that is closed: it must be nobody else.
  const isElsewhere = contacts.some(({ host }) => host !== flow.host.toLowerCase())
  if (flow.transport === 'udp' || !isElsewhere) return undefined
  return plainAnswer(403, 'Contact Is Elsewhere')
}

function transportOf(protocol: string): Binding['transport'] | undefined {
  return protocol === 'udp' || protocol === 'tcp' || protocol === 'tls' ? protocol : undefined
}

interface Changing {
  readonly registration: Omit<Binding, 'contact' | 'untilMs'>
  readonly nowMs: number
}

/** RFC 3261 10.3 steps 6 and 7: what is bound from now on. */
function changed(
  current: readonly Binding[],
  asked: Exclude<Asked, { kind: 'list' | 'malformed' }>,
  { registration, nowMs }: Changing,
): readonly Binding[] {
  if (asked.kind === 'clear') return []
  const named = new Set(asked.contacts.map(({ uri }) => uri))
  const added = asked.contacts
    .filter(({ expiresS }) => expiresS !== 0)
    .map(({ uri, expiresS = bindingMaxS }): Binding => {
      const untilMs = nowMs + Math.min(expiresS, bindingMaxS) * 1000
      return { ...registration, contact: uri, untilMs }
    })
  const kept = current.filter(({ contact }) => !named.has(contact))
  return [...added, ...kept].slice(0, bindingsMax)
}
