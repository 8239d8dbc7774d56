import type { KeyId } from './key.ts'

/** How long a registration lasts at most, seconds. */
export const bindingMaxS = 3_600

/** Where a PBX that has registered takes the calls of its trunk. RFC 3261 10. */
export interface Binding {
  /** The URI that it wants to be called at, as it wrote it. */
  readonly contact: string
  /** Where its registration came from: calls go there and nowhere else. */
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** By which it registered: without that key it is not called. */
  readonly keyId: KeyId
  /** RFC 3261 10.3 step 7: a registration that was overtaken by a later one changes nothing. */
  readonly callId: string
  readonly cseq: number
  /** Wall time. */
  readonly untilMs: number
}

/** The registrations of trunks, as every gate knows them. */
export interface Bindings {
  /** Those in force, the latest first. */
  of(trunkId: string, nowMs: number): readonly Binding[]
  /**
   * Makes of a trunk's registrations what `change` makes of those in force, in one atomic step;
   * undefined leaves them as they are. Answers those that are then in force.
   */
  change(
    trunkId: string,
    nowMs: number,
    change: (current: readonly Binding[]) => readonly Binding[] | undefined,
  ): Promise<readonly Binding[]>
}
