import { hashBytes } from '../tree/merkle.ts'
import { decodeBase64 } from './base64.ts'
import type { VerifierKey } from './key.ts'
import { isSignedBy, type Note, parseNote } from './note.ts'

/** c2sp.org/tlog-checkpoint: what a log says of itself at a size. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** The text that is signed: origin, size, root, each on its line. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/**
 * The checkpoint of a note's text; undefined where it is none. What a log of ours signs has no
 * further lines: nobody would look at what they say.
 */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', digits = '', hash = '', ...more] = text.split('\n')
  const root = decodeBase64(hash)
  const size = Number(digits)
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(digits) || !Number.isSafeInteger(size)) {
    return undefined
  }
  if (root?.length !== hashBytes || more.length !== 1 || more[0] !== '') return undefined
  return { origin, size, root }
}

/** A checkpoint with the note that it came in. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note
}

/** The checkpoint that these bytes are, whoever has signed it; undefined where they are none. */
export function readCheckpoint(bytes: Buffer): SignedCheckpoint | undefined {
  const note = parseNote(bytes)
  const checkpoint = note && parseCheckpoint(note.text)
  return checkpoint && { ...checkpoint, note }
}

/** The checkpoint that the log of this key has signed, or why these bytes are none. */
export function openCheckpoint(
  bytes: Buffer,
  key: VerifierKey,
): SignedCheckpoint | 'checkpoint_unreadable' | 'checkpoint_unsigned' {
  const checkpoint = readCheckpoint(bytes)
  if (!checkpoint) return 'checkpoint_unreadable'
  const isOurs = checkpoint.origin === key.name && isSignedBy(checkpoint.note, key)
  return isOurs ? checkpoint : 'checkpoint_unsigned'
}
