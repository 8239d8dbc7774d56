import type { EngineAddresses } from './settings.ts'

/** What the engine's thread tells the one that started it. */
export type FromThread =
  | ({ readonly kind: 'ready' } & EngineAddresses)
  /** It could not open; the thread ends. */
  | { readonly kind: 'failed'; readonly why: string }
  /** A fault of the engine's own that it survived. */
  | { readonly kind: 'fault'; readonly why: string }

/** What it is told: to close its sockets and end. */
export type ToThread = { readonly kind: 'close' }
