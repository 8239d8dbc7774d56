import { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/store.ts'
import type { Store } from './port.ts'

/** Which adapter, and what it needs. */
export type StoreOptions = { readonly adapter: 'embedded' } & EmbeddedStoreOptions

/** Opens the store that the configuration names; the only place that knows all adapters. */
export function openStore(options: StoreOptions): Promise<Store> {
  switch (options.adapter) {
    case 'embedded':
      return openEmbeddedStore(options)
  }
}
