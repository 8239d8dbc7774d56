import type { Retention } from '../domain/personal.ts'
import type { Gone } from './retention.ts'

/** What the thread that keeps the index is given. */
export interface IndexingSettings {
  readonly auditDir: string
  readonly indexPath: string
  readonly keysPath: string
  /** As the settings have it. */
  readonly masterKey: string | undefined
  /** Of tenants with terms of their own. */
  readonly tenants: readonly { readonly id: string; readonly retention?: Retention | undefined }[]
}

/** What the thread tells. */
export type FromIndexing =
  /** The index has all that the log had. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'anew'; readonly why: string }
  | { readonly kind: 'fault'; readonly why: string }
  | { readonly kind: 'gone'; readonly gone: readonly Gone[] }

/** What the thread is told: to end once it has what the log has. */
export type ToIndexing = { readonly kind: 'close' }
