import type {
  Answer,
  Lookup,
  PointerRecord,
  ServiceRecord,
} from '../../../src/engine/locate/lookup.ts'

/** What a small DNS knows; a name that is not there has no records, `undefined` is no answer. */
export interface Zone {
  readonly a?: Readonly<Record<string, readonly string[] | undefined>>
  readonly aaaa?: Readonly<Record<string, readonly string[] | undefined>>
  readonly srv?: Readonly<Record<string, readonly ServiceRecord[] | undefined>>
  readonly naptr?: Readonly<Record<string, readonly PointerRecord[] | undefined>>
}

/** A lookup that answers from a zone in the same turn, and a list of what it was asked. */
export function scriptedLookup(zone: Zone): { readonly lookup: Lookup; readonly asked: string[] } {
  const asked: string[] = []
  const answer = <R>(
    type: string,
    records: Readonly<Record<string, readonly R[] | undefined>> = {},
    name: string,
  ): Answer<R> | undefined => {
    asked.push(`${type} ${name}`)
    if (!(name in records)) return { records: [] }
    const found = records[name]
    return found && { records: found }
  }
  return {
    asked,
    lookup: {
      addresses: (name, family, done) =>
        done(answer(family === 4 ? 'A' : 'AAAA', family === 4 ? zone.a : zone.aaaa, name)),
      services: (name, done) => done(answer('SRV', zone.srv, name)),
      pointers: (name, done) => done(answer('NAPTR', zone.naptr, name)),
    },
  }
}

/** An SRV record. */
export function srv(name: string, port: number, priority = 10, weight = 0): ServiceRecord {
  return { name, port, priority, weight }
}

/** A NAPTR record that leads to SRV records. */
export function naptr(order: number, service: string, replacement: string): PointerRecord {
  return { order, preference: 0, flags: 's', service, replacement }
}
