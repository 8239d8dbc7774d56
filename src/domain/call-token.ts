import type { Secret } from '../kernel/secret.ts'
import type { KeyId } from './key.ts'

/** No token lives longer, whatever was asked for: what leaks is soon worth nothing. */
export const callTokenLifeMaxMs = 3_600_000

/** What a call token says: made from a key, for minutes, for certain calls if it names them. */
export interface CallToken {
  /** Of its own, so that its uses can be counted. */
  readonly id: string
  readonly keyId: KeyId
  readonly expiresAtMs: number
  /** E.164 with `+`; undefined: any that the key may present. */
  readonly caller?: string | undefined
  /** E.164 with `+`; undefined: any that the key may call. */
  readonly callee?: string | undefined
  /** How many calls may be placed with it; undefined: any number. */
  readonly callsMax?: number | undefined
}

/** Makes and reads call tokens; nobody else can make one. */
export interface CallTokens {
  issue(token: CallToken): Promise<Secret>
  /** Undefined where it is not ours, was touched, or is past its time. */
  verify(text: Secret): Promise<CallToken | undefined>
}
