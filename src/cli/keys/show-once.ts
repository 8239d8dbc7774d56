import type { Key } from '../../domain/key.ts'
import type { MintedKey } from '../../keys/format.ts'
import { OutputGone, type Terminal } from '../command.ts'
import { type Shown, show } from '../line/show.ts'
import { recordKey } from './changed.ts'

/** Shows a secret, this once; fails where nobody took it, also where its reader has just gone away. */
export async function showOnce(terminal: Terminal, what: string, shown: Shown): Promise<void> {
  try {
    show(terminal, shown)
    await terminal.drained?.()
  } catch (error) {
    if (!(error instanceof OutputGone)) throw error
    throw new Error(`${what} was not shown: ${error.message}`, { cause: error })
  }
}

/** A key whose text is to be shown, and how its secret is taken back where it cannot be. */
export interface FreshKey {
  readonly minted: MintedKey
  readonly before: Key | undefined
  readonly after: Key
  readonly json: boolean
  /** Answers the key as it then is; undefined, and nothing is changed, where it has changed since. */
  takeBack(): Promise<Key | undefined>
  /** What is said when that is done. */
  readonly takenBack: string
}

/**
 * Writes down what a key has become and shows its text, this once. Where either fails the secret is
 * taken back, and that is on record too: none works that nobody has seen.
 */
export async function tellKey(terminal: Terminal, fresh: FreshKey): Promise<void> {
  const { before, after, json } = fresh
  const { id, mode, text } = fresh.minted
  try {
    await recordKey(terminal, before, after)
    const value = { id, mode, key: text.reveal() }
    await showOnce(terminal, `key ${id}`, { json, value, lines: [text.reveal()] })
  } catch (error) {
    const left = await fresh.takeBack()
    if (left) {
      terminal.err(fresh.takenBack)
      await recordKey(terminal, after, left)
    }
    throw error
  }
  if (!json) terminal.err('This is the key, shown this once; whoever has it can make calls.')
}
