import { isIP } from 'node:net'
import type { AuditEvent, StoredEvent } from '../audit/event.ts'
import { eventTypes, type SealedAs } from '../audit/event-types.ts'
import type { PersonalKind } from '../domain/personal.ts'
import type { Month } from './month.ts'

/** Where a personal value stands in a type of event. */
export interface Place {
  readonly type: AuditEvent['type']
  readonly member: string
  /** Undefined: it is the member itself. */
  readonly part: string | undefined
  readonly as: SealedAs
  readonly orWord: boolean
  readonly isTagged: boolean
  /** Its name, `source.address`. */
  readonly path: string
}

/** Where a value of one kind stands. */
export interface SinglePlace extends Place {
  readonly as: PersonalKind
}

/** Where personal values of a type of event stand. */
export interface Places {
  /** Of one kind each. */
  readonly single: readonly SinglePlace[]
  /** Under the keys of all of those. */
  readonly everybody: readonly Place[]
  /** Members with figures. */
  readonly figures: readonly string[]
}

/** The places of every type of event. A map: a type in hostile bytes may be the name of anything. */
export const placesOf: ReadonlyMap<string, Places> = new Map(
  Object.keys(eventTypes).map((type) => [type, placesIn(type as AuditEvent['type'])]),
)

function placesIn(type: AuditEvent['type']): Places {
  const members = Object.entries(eventTypes[type].members as Members)
  const all = members.flatMap(
    ([member, { sealed, parts = {}, orWord = false, tagged = false }]) => [
      ...(sealed
        ? [{ type, member, part: undefined, as: sealed, orWord, isTagged: tagged, path: member }]
        : []),
      ...Object.entries(parts).map(([part, as]) => ({
        type,
        member,
        part,
        as,
        orWord: false,
        isTagged: false,
        path: `${member}.${part}`,
      })),
    ],
  )
  return {
    single: all.filter((place): place is SinglePlace => place.as !== 'everybody'),
    everybody: all.filter(({ as }) => as === 'everybody'),
    figures: members.flatMap(([member, { figures }]) => (figures ? [member] : [])),
  }
}

/** The place of one kind that a type of event has of this name. Throws where it has none. */
export function singlePlace(type: AuditEvent['type'], path: string): SinglePlace {
  const place = placesOf.get(type)?.single.find((each) => each.path === path)
  if (!place) throw new TypeError(`${type} has nothing of one kind in ${path}`)
  return place
}

type Members = Readonly<Record<string, Parameters<typeof placeShape>[0]>>

/** What a place is made from. */
function placeShape(member: {
  readonly sealed?: SealedAs
  readonly orWord?: boolean
  readonly tagged?: boolean
  readonly parts?: Readonly<Record<string, SealedAs>>
  readonly figures?: boolean
}) {
  return member
}

/** What stands in the log in place of a personal value; an empty text was never sealed. */
export interface SealedValue {
  readonly sealed: string
  /** Of a figure: its kind. */
  readonly as?: PersonalKind
}

/** The tenant of an event; '' where none is known. */
export function tenantOf(event: AuditEvent | StoredEvent): string {
  return 'tenantId' in event && typeof event.tenantId === 'string' ? event.tenantId : ''
}

/** What a box is bound to: it opens in no other type, place, tenant, month or kind. */
export function contextOf(
  type: string,
  path: string,
  { tenant, month, as }: { readonly tenant: string; readonly month: Month; readonly as: SealedAs },
): string {
  return `tollgate event 1\n${type}\n${path}\n${tenant}\n${month}\n${as}`
}

const maybePersonal = /\+\d{6}|@|\d\.\d{1,3}\.\d|:[\da-f]*:/i
const number = /\+\d{6,15}/
const address = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/

/** Which kind of personal data a figure is; undefined where it is none. */
export function kindOfFigure(text: string): PersonalKind | undefined {
  if (!maybePersonal.test(text)) return undefined
  if (isIP(text.replace(/\/\d{1,3}$/, '')) > 0 || address.test(text)) return 'address'
  return number.test(text) || text.includes('@') ? 'callee' : undefined
}
