import { decodeStrictLeaf, type LeafContent } from '../audit/leaf.ts'
import { openCheckpoint, type SignedCheckpoint } from '../audit/note/checkpoint.ts'
import { parseLogKey, type VerifierKey } from '../audit/note/key.ts'
import { isSignedBy } from '../audit/note/note.ts'
import { hashLeaf } from '../audit/tree/merkle.ts'
import { rootFromInclusion } from '../audit/tree/proof.ts'
import {
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  evidenceBytesMax,
  type ProvenEvent,
} from './format.ts'
import { opensAll } from './opened.ts'
import { evidenceIn, isPageOf } from './page.ts'

/** Why a file is no evidence. */
export const evidenceFaults = {
  unreadable: 'this is not an evidence file',
  key_unreadable: 'the key in it is not a verifier key',
  other_key: 'it comes from a log with another key',
  checkpoint_unreadable: 'the checkpoint in it cannot be read',
  checkpoint_unsigned: 'the checkpoint is not signed by the key',
  not_cosigned: 'the checkpoint is not cosigned by that witness',
  not_included: 'the proof does not lead to the checkpoint',
  event_unreadable: 'the entry is not an event',
  other_call: 'the event belongs to another call',
  out_of_order: 'the events are not in the order of the log',
  not_opened: 'a key does not open its sealed value',
  page_differs: 'the page does not say what the evidence in it says',
} as const

export type EvidenceFault = keyof typeof evidenceFaults

/** Whom the one who checks believes, by verifier keys that are known from elsewhere. */
export interface Trusted {
  /** The log's. */
  readonly key?: VerifierKey | undefined
  /** Of a witness that must have cosigned the checkpoint. */
  readonly witness?: VerifierKey | undefined
}

/** What came of a check. */
export type Checked =
  | { readonly fault: EvidenceFault; readonly index?: number | undefined }
  | {
      readonly evidence: Evidence
      readonly checkpoint: SignedCheckpoint
      readonly contents: readonly LeafContent[]
    }

/**
 * Checks an evidence file by itself: every event is in the tree whose root the log has signed, every
 * value shown in the clear is what the event has sealed, and the page says nothing else. Never throws
 * on any bytes.
 */
export function checkEvidence(bytes: Buffer, trusted: Trusted = {}): Checked {
  if (bytes.length > evidenceBytesMax) return { fault: 'unreadable' }
  const text = bytes.toString('utf8')
  const isText = Buffer.from(text).equals(bytes)
  const json = evidenceIn(text)
  const evidence = isText ? decodeEvidence(json ?? text) : undefined
  if (!evidence) return { fault: 'unreadable' }
  const checkpoint = checkpointOf(evidence, trusted)
  if (typeof checkpoint === 'string') return { fault: checkpoint }
  const contents: LeafContent[] = []
  let last = -1
  for (const event of evidence.events) {
    const { index } = event
    const content = checkEvent(event, { evidence, checkpoint })
    if (typeof content === 'string') return { fault: content, index }
    if (index <= last) return { fault: 'out_of_order', index }
    last = index
    contents.push(content)
  }
  // Without a page it is the one JSON of what it says.
  if (json !== undefined) {
    if (!isPageOf(text, evidence)) return { fault: 'page_differs' }
  } else if (`${encodeEvidence(evidence)}\n` !== text) return { fault: 'unreadable' }
  return { evidence, checkpoint, contents }
}

function checkpointOf(
  { verifierKey, checkpoint }: Evidence,
  trusted: Trusted,
): SignedCheckpoint | EvidenceFault {
  const key = parseLogKey(verifierKey)
  if (!key) return 'key_unreadable'
  if (trusted.key && trusted.key.text !== key.text) return 'other_key'
  // In bytes a lone surrogate would be another character, which may be what is signed.
  if (!checkpoint.isWellFormed()) return 'checkpoint_unreadable'
  const opened = openCheckpoint(Buffer.from(checkpoint), key)
  if (typeof opened === 'string' || !trusted.witness) return opened
  return isSignedBy(opened.note, trusted.witness) ? opened : 'not_cosigned'
}

function checkEvent(
  { index, leaf, proof, opened }: ProvenEvent,
  { evidence, checkpoint }: { evidence: Evidence; checkpoint: SignedCheckpoint },
): LeafContent | EvidenceFault {
  const { size, root } = checkpoint
  const found = rootFromInclusion({ index, size, leafHash: hashLeaf(leaf), proof })
  if (!found?.equals(root)) return 'not_included'
  const content = decodeStrictLeaf(leaf)
  if (!content) return 'event_unreadable'
  if (!('callId' in content.event) || content.event.callId !== evidence.callId) return 'other_call'
  return opensAll(content, opened) ? content : 'not_opened'
}
