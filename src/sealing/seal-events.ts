import type { AuditEvent, Prepare, StoredEvent } from '../audit/event.ts'
import type { TraceStep } from '../domain/decision.ts'
import type { PersonalKind } from '../domain/personal.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { Recent } from '../kernel/recent.ts'
import { hideSecrets } from '../kernel/secret.ts'
import { sealText } from './box.ts'
import { everybodyKeyText, everybodyPosition } from './everybody.ts'
import type { KeyFile } from './key-file.ts'
import { type Month, monthOf } from './month.ts'
import {
  contextOf,
  kindOfFigure,
  type Place,
  placesOf,
  type SealedValue,
  type SinglePlace,
  tenantOf,
} from './places.ts'
import type { FreshKey } from './positions.ts'
import { type StoredStep, StoredSteps } from './stored-steps.ts'
import { TenantMonth } from './tenant-month.ts'

/** Subjects whose keys are at hand; one that comes back later gets another key. */
const subjectsMax = 20_000
const tenantMonthsMax = 3_000
/** How often it is asked whether another process has destroyed keys. */
const refreshMs = 1_000

const word = /^[a-z][a-z0-9_]*$/

/** Where something is sealed: a place of events, or of a figure its type, path and kind. */
type Where = Place | string

interface Subject extends FreshKey {
  /** What was sealed of it, and where: the same is not sealed twice. Most stand in one place. */
  sealed: string
  where: Where | undefined
  others: Map<Where, string> | undefined
}

export interface SealEventsOptions {
  readonly keys: KeyFile
  readonly clock: Clock
  readonly random: Random
}

/**
 * What turns an event into what is stored: every personal value sealed under its subject's key of the
 * tenant and month. Touches the disk only where a tenant's month begins; its key is durable then.
 */
export function createSealing(options: SealEventsOptions): Prepare {
  const sealing = new EventSealing(options)
  return (event, atMs) => sealing.prepare(event, atMs)
}

class EventSealing {
  readonly #keys: KeyFile
  readonly #clock: Clock
  readonly #random: Random
  readonly #subjects = new Recent<string, Subject>(subjectsMax)
  readonly #tenantMonths = new Recent<string, TenantMonth>(tenantMonthsMax)
  readonly #steps = new StoredSteps()
  #refreshedMs = Number.NEGATIVE_INFINITY
  #generation = Number.NaN
  #hour = Number.NaN
  #month: Month = ''

  constructor({ keys, clock, random }: SealEventsOptions) {
    this.#keys = keys
    this.#clock = clock
    this.#random = random
  }

  prepare(event: AuditEvent, atMs: number): StoredEvent {
    const places = placesOf.get(event.type)
    if (!places) throw new TypeError(`no event is called ${event.type}`)
    const { single, everybody, figures } = places
    // Most events are such, and to copy them would be for nothing: what is stored is never changed.
    if (single.length + everybody.length + figures.length === 0)
      return event as unknown as StoredEvent
    this.#refresh()
    const draft = new Draft(event, this.#tenantMonth(tenantOf(event), this.#monthOf(atMs)))
    for (const place of single) this.#sealSingle(draft, place)
    for (const place of everybody) this.#sealForEverybody(draft, place)
    for (const member of figures) this.#sealFigures(draft, member)
    return draft.stored
  }

  #sealSingle(draft: Draft, place: SinglePlace): void {
    const given = textIn(draft.event, place)
    if (given === undefined) return
    const text = hideSecrets(given)
    const subject = this.#subject(draft.of, place.as, text)
    // A month whose time is over holds nothing any more: the clock went back.
    draft.put(place, subject ? this.#sealed(draft.of, place, { subject, text }) : '')
    draft.know(place.path, given, text)
    if (subject) draft.keys.push(subject.key)
    else draft.isClosed = true
  }

  #sealForEverybody(draft: Draft, place: Place): void {
    const given = textIn(draft.event, place)
    if (given === undefined) return
    const text = hideSecrets(given)
    if (place.orWord && word.test(text)) return
    const sealed = draft.isClosed
      ? ''
      : sealText(text, {
          position: place.isTagged ? draft.of.taggedPosition(text) : everybodyPosition,
          key: everybodyKeyText(draft.keys),
          context: draft.of.context(place),
          random: this.#random,
        })
    draft.put(place, sealed)
    draft.know(place.path, given, text)
  }

  #sealFigures(draft: Draft, member: string): void {
    const value = draft.event[member as keyof AuditEvent] as unknown
    if (!Array.isArray(value)) {
      const figures = value as TraceStep['figures'] | undefined
      if (figures) draft.stored[member] = this.#figures(draft, member, figures).figures
      return
    }
    draft.stored[member] = (value as readonly TraceStep[]).map(
      (step) => this.#steps.find(step, draft.known) ?? this.#step(draft, member, step),
    )
  }

  #step(draft: Draft, member: string, step: TraceStep): object {
    const { check, passed } = step
    const { figures, isSealed } = this.#figures(draft, `${member}.${check}`, step.figures)
    if (isSealed) return { ...step, figures }
    return this.#steps.keep(step, {
      check,
      passed,
      figures: { ...figures } as StoredStep['figures'],
    })
  }

  /** The same object where nothing in it is personal. */
  #figures(draft: Draft, path: string, figures: TraceStep['figures']) {
    let isSealed = false
    let stored: Record<string, unknown> | undefined
    for (const name in figures) {
      const value = figures[name]
      if (typeof value !== 'string') continue
      const same = draft.known.get(value)
      const kind = same === undefined ? kindOfFigure(value) : undefined
      if (same === undefined && !kind) continue
      stored ??= { ...figures }
      if (same !== undefined) stored[name] = { same }
      else if (kind) {
        const text = hideSecrets(value)
        const where = draft.contextOfFigure(`${path}.${name}`, kind)
        const subject = this.#subject(draft.of, kind, text)
        const sealed = subject ? this.#sealed(draft.of, where, { subject, text }) : ''
        stored[name] = { sealed, as: kind }
        isSealed = true
      }
    }
    return { figures: stored ?? figures, isSealed }
  }

  #sealed(of: TenantMonth, where: Where, { subject, text }: { subject: Subject; text: string }) {
    const known = subject.where === where ? subject.sealed : subject.others?.get(where)
    if (known !== undefined) return known
    const context = typeof where === 'string' ? where : of.context(where)
    const { position, key } = subject
    const sealed = sealText(text, { position, key, context, random: this.#random })
    if (subject.where === undefined) {
      subject.where = where
      subject.sealed = sealed
    } else {
      subject.others ??= new Map()
      subject.others.set(where, sealed)
    }
    return sealed
  }

  #subject(of: TenantMonth, kind: PersonalKind, text: string): Subject | undefined {
    const name = of.subjectName(kind, text)
    const known = this.#subjects.get(name)
    if (known) return known
    const fresh = of.freshKey(kind)
    if (!fresh) return undefined
    const { position, key } = fresh
    const subject: Subject = { position, key, sealed: '', where: undefined, others: undefined }
    this.#subjects.set(name, subject)
    return subject
  }

  #tenantMonth(tenant: string, month: Month): TenantMonth {
    const name = `${tenant}\n${month}`
    let found = this.#tenantMonths.get(name)
    if (!found) {
      found = new TenantMonth({ keys: this.#keys, random: this.#random, tenant, month })
      this.#tenantMonths.set(name, found)
    }
    return found
  }

  #refresh(): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#refreshedMs < refreshMs) return
    this.#refreshedMs = nowMs
    const generation = this.#keys.generation()
    if (generation === this.#generation) return
    this.#generation = generation
    this.#subjects.clear()
    this.#tenantMonths.clear()
  }

  #monthOf(atMs: number): Month {
    const hour = Math.floor(atMs / 3_600_000)
    if (hour !== this.#hour) {
      this.#hour = hour
      this.#month = monthOf(atMs)
    }
    return this.#month
  }
}

/** An event while it is being sealed. */
class Draft {
  readonly event: AuditEvent
  /** The tenant and month whose keys it is sealed by. */
  readonly of: TenantMonth
  readonly stored: { type: AuditEvent['type']; [member: string]: unknown }
  /** Values that are sealed already, and where. */
  readonly known = new Map<string, string>()
  /** The keys of its subjects, in the order of the places. */
  readonly keys: string[] = []
  /** A key of it is gone. */
  isClosed = false

  constructor(event: AuditEvent, of: TenantMonth) {
    this.event = event
    this.of = of
    this.stored = { ...event }
  }

  /** What stands elsewhere in the event once more, also with what is hidden of it, is not sealed again. */
  know(path: string, given: string, text: string): void {
    this.known.set(text, path)
    if (given !== text) this.known.set(given, path)
  }

  put({ member, part }: Place, sealed: string): void {
    const value: SealedValue = { sealed }
    const whole = this.stored[member]
    this.stored[member] = part === undefined ? value : { ...(whole as object), [part]: value }
  }

  contextOfFigure(path: string, as: PersonalKind): string {
    const { tenant, month } = this.of
    return contextOf(this.event.type, path, { tenant, month, as })
  }
}

function textIn(event: AuditEvent, { member, part }: Place): string | undefined {
  const value: unknown = event[member as keyof AuditEvent]
  const text = part === undefined ? value : (value as Record<string, unknown> | undefined)?.[part]
  return typeof text === 'string' ? text : undefined
}
