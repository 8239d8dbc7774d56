import { formatCheckpoint } from '../../src/audit/note/checkpoint.ts'
import { encodePrivateKey, parsePrivateKey } from '../../src/audit/note/key.ts'
import { encodeNote, signText } from '../../src/audit/note/note.ts'
import { hashLeaf, hashNode } from '../../src/audit/tree/merkle.ts'
import type { Evidence, OpenedBox } from '../../src/evidence/format.ts'
import { boxKey, sealText } from '../../src/sealing/box.ts'
import { contextOf } from '../../src/sealing/places.ts'
import { countedRandom } from '../support/counted-random.ts'

const origin = 'example.com/gate1'
const signer = parsePrivateKey(encodePrivateKey(origin, Buffer.alloc(32, 1)))

/** Evidence of a log that has these leaves and no others, whatever they are: anybody can sign one. */
export function evidenceOf(leaves: readonly Buffer[], opened: readonly OpenedBox[] = []): Evidence {
  if (!signer) throw new Error('there is no key')
  const { root, proofs } = treeOf(leaves.map(hashLeaf))
  const text = formatCheckpoint({ origin, size: leaves.length, root })
  return {
    callId: 'c1',
    verifierKey: signer.verifier.text,
    checkpoint: encodeNote(text, [signText(text, signer)]).toString(),
    events: leaves.map((leaf, index) => ({ index, leaf, proof: proofs[index] ?? [], opened })),
  }
}

/** The tree of as many leaves as a power of two, and the proof of each. */
function treeOf(hashes: readonly Buffer[]): { root: Buffer; proofs: readonly Buffer[][] } {
  const [root] = hashes
  if (root && hashes.length === 1) return { root, proofs: [[]] }
  const middle = hashes.length / 2
  const [left, right] = [treeOf(hashes.slice(0, middle)), treeOf(hashes.slice(middle))]
  const proofs = [
    ...left.proofs.map((proof) => [...proof, right.root]),
    ...right.proofs.map((proof) => [...proof, left.root]),
  ]
  return { root: hashNode(left.root, right.root), proofs }
}

/** The leaf of an event with these members, in the order of their names, between `callId` and `type`. */
export function leafWith(members: string, atMs = '1767614400000'): Buffer {
  return Buffer.from(`{"atMs":${atMs},"event":{"callId":"c1",${members}"type":"x"},"v":2}`)
}

/** A box that opens under this path, and what the event has there. */
export function boxAt(path: string, as = 'caller'): OpenedBox {
  const context = contextOf('x', path, { tenant: '', month: '2026-01', as: as as 'caller' })
  const random = countedRandom()
  const key = Buffer.alloc(32, 3)
  const keyText = key.toString('latin1')
  const sealed = sealText('+12', { position: '000000000000', key: keyText, context, random })
  const nonce = Buffer.from(sealed, 'base64').subarray(6, 18)
  return { path, as, sealed, key: boxKey(key, nonce) }
}
