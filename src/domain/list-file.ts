import type { CallClass } from './call-class.ts'
import type { TenantId } from './tenant.ts'

/** A CSV file that an operator has declared. */
export interface ListFile {
  readonly id: string
  readonly path: string
  /** Whether one bad line makes the file unusable, or is left out alone. */
  readonly badLines: 'refuse' | 'skip'
}

/** Numbers that may not be called. */
export interface SuppressionFile extends ListFile {
  /** Whose calls may not reach them; undefined: nobody's. */
  readonly tenantId: TenantId | undefined
  /** Which calls may not. */
  readonly classes: readonly CallClass[]
}

/** Every file that has been declared. */
export interface ListFiles {
  readonly rateDecks: readonly ListFile[]
  readonly prefixLists: readonly ListFile[]
  readonly suppressionLists: readonly SuppressionFile[]
}
