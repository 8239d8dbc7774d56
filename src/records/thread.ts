import type { Retention } from '../domain/personal.ts'
import type { Doubt } from '../kernel/believed-clock.ts'
import type { Gone } from './retention.ts'

/** What the thread that keeps the index is given. */
export interface IndexingSettings {
  readonly auditDir: string
  readonly indexPath: string
  readonly keysPath: string
  /** As the settings have it. */
  readonly masterKey: string | undefined
  readonly tenants: RetainedTenants
}

/** How long what is known of each tenant is kept, where it has terms of its own. */
export type RetainedTenants = readonly {
  readonly id: string
  readonly retention?: Retention | undefined
}[]

/** What the thread tells. */
export type FromIndexing =
  /** The index has all that the log had. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'anew'; readonly why: string }
  | { readonly kind: 'fault'; readonly why: string }
  | { readonly kind: 'gone'; readonly gone: readonly Gone[] }
  /** Something has had its time by a clock that is not believed: it stays. */
  | { readonly kind: 'postponed'; readonly doubt: Doubt }

/** What the thread is told. */
export type ToIndexing =
  /** To end once it has what the log has. */
  | { readonly kind: 'close' }
  /** Other terms, which count at once. */
  | { readonly kind: 'retain'; readonly tenants: RetainedTenants }
