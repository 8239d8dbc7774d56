import type { BannedSource } from './guard/bans.ts'
import type { EngineAddresses } from './settings.ts'

/** What the engine's thread tells the one that started it. */
export type FromThread =
  | ({ readonly kind: 'ready' } & EngineAddresses)
  /** It could not open; the thread ends. */
  | { readonly kind: 'failed'; readonly why: string }
  /** A fault of the engine's own that it survived. */
  | { readonly kind: 'fault'; readonly why: string }
  /** The answer to `listBans` of the same number. */
  | { readonly kind: 'bans'; readonly asked: number; readonly bans: readonly BannedSource[] }

/** What it is told: to close its sockets and end, or whom to drop. */
export type ToThread =
  | { readonly kind: 'close' }
  | { readonly kind: 'ban'; readonly source: string; readonly untilMs: number }
  | { readonly kind: 'unban'; readonly source: string }
  | { readonly kind: 'listBans'; readonly asked: number }
