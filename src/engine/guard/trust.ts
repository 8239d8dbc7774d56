import type { Endpoint } from '../transport/types.ts'

/** What is known about those who send to us. Over UDP a source is only what its sender claims. */
export interface Trust {
  /** Whether a source may be forged for all we know. */
  isStranger(source: Endpoint): boolean
  /** Whether it has acknowledged several refusals of ours and was not served meanwhile. */
  isOnlyRefused(source: Endpoint): boolean
  /** Whether so many bytes may be sent there, for what came from there, with some to spare. */
  affords(source: Endpoint, bytes: number): boolean
  /**
   * An application serves this source, or it has answered a request of ours; or it has registered for so
   * long, and nothing else has to come meanwhile.
   */
  vouch(source: Endpoint, registeredMs?: number): void
  /** What we sent to this source has arrived there: it is not forged. */
  prove(source: Endpoint): void
}

/** Takes everybody for known. */
export const trustAll: Trust = {
  isStranger: () => false,
  isOnlyRefused: () => false,
  affords: () => true,
  vouch: () => undefined,
  prove: () => undefined,
}
