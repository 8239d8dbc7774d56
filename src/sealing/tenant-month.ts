import type { PersonalKind } from '../domain/personal.ts'
import type { Random } from '../kernel/random.ts'
import { everybodyPosition, kindsOfCalls, taggedPosition, tagKeyOf, tagOf } from './everybody.ts'
import type { KeyFile } from './key-file.ts'
import type { Month } from './month.ts'
import { contextOf, type Place } from './places.ts'
import { type FreshKey, Positions } from './positions.ts'

export interface TenantMonthOptions {
  readonly keys: KeyFile
  readonly random: Random
  readonly tenant: string
  readonly month: Month
}

/**
 * What events of one tenant's month are sealed with, each part made when it is first asked for. It holds
 * keys: to be let go of when any are destroyed.
 */
export class TenantMonth {
  readonly tenant: string
  readonly month: Month
  readonly #keys: KeyFile
  readonly #random: Random
  readonly #positions = new Map<PersonalKind, Positions | 'destroyed'>()
  /** As many as there are places: each is asked for by every event. */
  readonly #contexts = new Map<Place, Buffer>()
  readonly #beginnings: Readonly<Record<PersonalKind, string>>
  #tagKey: Buffer | 'destroyed' | undefined

  constructor({ keys, random, tenant, month }: TenantMonthOptions) {
    this.tenant = tenant
    this.month = month
    this.#keys = keys
    this.#random = random
    const beginning = (kind: PersonalKind) => `${tenant}\n${month}\n${kind}\n`
    this.#beginnings = {
      caller: beginning('caller'),
      callee: beginning('callee'),
      address: beginning('address'),
      actor: beginning('actor'),
    }
  }

  /** A name for a text of that kind, which no other has. */
  subjectName(kind: PersonalKind, text: string): string {
    return this.#beginnings[kind] + text
  }

  /** A key that nothing was sealed with; undefined where those of the kind are destroyed. */
  freshKey(kind: PersonalKind): FreshKey | undefined {
    const positions = this.#positions.get(kind) ?? this.#openPositions(kind)
    return positions === 'destroyed' ? undefined : positions.next()
  }

  /** What finds a text for everybody again, in place of a position that it has not. */
  taggedPosition(text: string): string {
    this.#tagKey ??= tagKeyOf((kind) => this.#tree(kind)?.indexKey) ?? 'destroyed'
    return this.#tagKey === 'destroyed'
      ? everybodyPosition
      : taggedPosition(tagOf(this.#tagKey, text))
  }

  /** What a box in this place is bound to. */
  context(place: Place): Buffer {
    let context = this.#contexts.get(place)
    if (!context) {
      const { type, path, as } = place
      context = Buffer.from(contextOf(type, path, { tenant: this.tenant, month: this.month, as }))
      this.#contexts.set(place, context)
    }
    return context
  }

  #openPositions(kind: PersonalKind): Positions | 'destroyed' {
    const { tenant, month } = this
    // Every call of a tenant needs all of them: they are made in one step.
    const kinds = kind === 'actor' ? [kind] : kindsOfCalls
    this.#keys.ensure(kinds.map((each) => ({ tenant, month, kind: each })))
    const tree = this.#tree(kind)
    const positions = tree ? new Positions(tree.seeds, this.#random) : 'destroyed'
    this.#positions.set(kind, positions)
    return positions
  }

  #tree(kind: PersonalKind) {
    return this.#keys.tree({ tenant: this.tenant, month: this.month, kind })
  }
}
