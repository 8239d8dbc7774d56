import type { CallToken } from '../../domain/call-token.ts'
import type { Key, KeyId } from '../../domain/key.ts'
import type { Reason } from '../../domain/refusals.ts'
import type { NonceUse } from '../../keys/nonces.ts'
import type { Presented } from '../../keys/presented.ts'
import type { Dossier } from '../check.ts'

/** What came of trying a credential. */
export type Proof =
  | {
      readonly proven: true
      readonly key: Key
      readonly token?: CallToken | undefined
      readonly answered?: NonceUse | undefined
    }
  | {
      readonly proven: false
      /** `credentials_invalid` unless said otherwise. */
      readonly reason?: Extract<Reason, `credentials_${string}`>
      /** The true cause, for the audit alone. */
      readonly detail: string
      /** With what the caller may try again. */
      readonly challenges?: readonly string[] | undefined
    }

/** Finds a key; throws when that cannot be told. */
export type FindKey = (id: KeyId) => Promise<Key | undefined>

/** Tries one kind of credential. */
export type Prove<Kind extends Presented['kind']> = (
  presented: Extract<Presented, { kind: Kind }>,
  dossier: Dossier,
) => Promise<Proof>
