import { type EmbeddedStoreOptions, openEmbeddedStore, openShared } from './embedded/store.ts'
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

/** What several processes share, without the counters of a gate. */
export interface OpenBooks
  extends Pick<Store, 'keys' | 'tenants' | 'board' | 'permissions'>,
    AsyncDisposable {}

/** Opens what a gate with these settings shares: for the command line, beside running gates. */
export async function openBooks(options: StoreOptions): Promise<OpenBooks> {
  await using stack = new AsyncDisposableStack()
  const books = openShared(options, stack)
  const open = stack.move()
  return { ...books, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
