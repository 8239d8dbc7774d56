import type { EngineSizes } from './engine.ts'
import type { BannedSource } from './guard/bans.ts'
import type { EngineAddresses } from './settings.ts'
import type { TransportStats } from './transport/intake.ts'
import type { TlsSettings } from './transport/secure.ts'

/** What the engine's thread tells the one that started it. */
export type FromThread =
  | ({ readonly kind: 'ready' } & EngineAddresses)
  /** It could not open; the thread ends. */
  | { readonly kind: 'failed'; readonly why: string }
  /** A fault of the engine's own that it survived. */
  | { readonly kind: 'fault'; readonly why: string }
  | Answer

/** What answers a question of the same number. */
export type Answer =
  | { readonly kind: 'stats'; readonly asked: number; readonly stats: TransportStats }
  | { readonly kind: 'bans'; readonly asked: number; readonly bans: readonly BannedSource[] }
  | { readonly kind: 'sizes'; readonly asked: number; readonly sizes: EngineSizes }
  /** `why` is there where nothing has changed. */
  | { readonly kind: 'reloaded'; readonly asked: number; readonly why?: string | undefined }

/** What it is told: to close its sockets and end, whom to drop, which certificates to use. */
export type ToThread =
  | { readonly kind: 'close' }
  | { readonly kind: 'ban'; readonly source: string; readonly forMs: number }
  | { readonly kind: 'unban'; readonly source: string }
  | Question

/** What it is asked, and answers. */
export type Question =
  | { readonly kind: 'listBans' | 'sizes' | 'stats'; readonly asked: number }
  | { readonly kind: 'reload'; readonly asked: number; readonly tls: TlsSettings }
