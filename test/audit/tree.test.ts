import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEntries, encodeEntries } from '../../src/audit/tree/bundle.ts'
import { emptyRoot, hashLeaf, rootOf } from '../../src/audit/tree/merkle.ts'
import { OpenTree } from '../../src/audit/tree/open-tree.ts'
import {
  consistencySpans,
  inclusionSpans,
  rootFromInclusion,
  type Span,
} from '../../src/audit/tree/proof.ts'
import { parseTilePath, partialTiles, tilePath } from '../../src/audit/tree/tile.ts'
import { isConsistent } from './consistency.ts'

/** RFC 9162 2.1.1 word for word: a hash of a tree by its definition, and slow. */
function slowRoot(leaves: readonly Buffer[]): Buffer {
  const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const [only] = leaves
  if (!only) return sha256()
  if (leaves.length === 1) return sha256(Buffer.from([0]), only)
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  const [left, right] = [slowRoot(leaves.slice(0, split)), slowRoot(leaves.slice(split))]
  return sha256(Buffer.from([1]), left, right)
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, at) => Buffer.from(`${at}`))

const proofOf = (leaves: readonly Buffer[], spans: readonly Span[]) =>
  spans.map(({ start, end }) => slowRoot(leaves.slice(start, end)))

/** The tree of eight leaves that the tests of Certificate Transparency have used since RFC 6962. */
const known = {
  leaves: [
    ...['', '00', '10', '2021', '3031', '40414243', '5051525354555657'],
    '606162636465666768696a6b6c6d6e6f',
  ].map((hex) => Buffer.from(hex, 'hex')),
  roots: [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
}

test('the roots are those of the published tree', () => {
  expect(emptyRoot.toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  )
  const tree = new OpenTree()
  for (const [at, leaf] of known.leaves.entries()) {
    tree.append(hashLeaf(leaf))
    expect(tree.root().toString('hex')).toBe(known.roots[at])
  }
})

test('a tree that grows has the root and the tiles of its definition, at every size', () => {
  const leaves = leavesOf(66_100)
  const hashes = leaves.map(hashLeaf)
  const tree = new OpenTree()
  const full: string[] = []
  for (const [at, hash] of hashes.entries()) {
    tree.append(hash)
    full.push(...tree.takeFull().map(({ level, index }) => `${level}/${index}`))
    const size = at + 1
    if (size < 600 ? size % 7 !== 0 : ![65_535, 65_536, 65_793, 66_100].includes(size)) continue
    expect(tree.root(), `size ${size}`).toEqual(rootOf(Buffer.concat(hashes.slice(0, size))))
    if (size < 600) expect(tree.root()).toEqual(slowRoot(leaves.slice(0, size)))
    const expected = partialTiles(size).filter(({ level }) => level !== 'entries')
    expect(tree.partial().map(({ level, index, width }) => ({ level, index, width }))).toEqual(
      expected,
    )
  }
  expect(full.slice(0, 2)).toEqual(['0/0', '0/1'])
  expect(full.slice(255, 258)).toEqual(['0/255', '1/0', '0/256'])
})

test('every leaf is proved to be in its tree, and nothing else is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, pick, change) => {
      const leaves = leavesOf(size)
      const index = pick % size
      const proof = proofOf(leaves, inclusionSpans(index, size))
      const leafHash = hashLeaf(leaves[index] ?? Buffer.alloc(0))
      const root = slowRoot(leaves)
      expect(rootFromInclusion({ index, size, leafHash, proof })).toEqual(root)
      const other = (index + 1 + (change % size)) % size
      if (other !== index) {
        expect(rootFromInclusion({ index: other, size, leafHash, proof })).not.toEqual(root)
      }
      expect(rootFromInclusion({ index: size, size, leafHash, proof })).toBeUndefined()
      const longer = { index, size, leafHash, proof: [...proof, root] }
      expect(rootFromInclusion(longer)).toBeUndefined()
      if (proof.length === 0) return
      const shorter = { index, size, leafHash, proof: proof.slice(1) }
      expect(rootFromInclusion(shorter) ?? emptyRoot).not.toEqual(root)
    }),
  )
})

test('a tree is proved to begin with an older one, and with no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70 }), fc.nat(), fc.nat(), (size, pick, change) => {
      const leaves = leavesOf(size)
      const from = pick % (size + 1)
      const proof = proofOf(leaves, consistencySpans(from, size))
      const older = { size: from, root: slowRoot(leaves.slice(0, from)) }
      const newer = { size, root: slowRoot(leaves) }
      expect(isConsistent({ from: older, to: newer, proof })).toBe(true)
      if (from === 0) return
      const wrong = {
        size: from,
        root: slowRoot(
          leaves.slice(0, from).map((leaf, at) => (at === change % from ? emptyRoot : leaf)),
        ),
      }
      expect(isConsistent({ from: wrong, to: newer, proof })).toBe(false)
      expect(isConsistent({ from: older, to: { size, root: wrong.root }, proof })).toBe(false)
      expect(isConsistent({ from: older, to: newer, proof: [...proof, emptyRoot] })).toBe(false)
      expect(isConsistent({ from: newer, to: older, proof })).toBe(from === size)
    }),
  )
})

test('a tile has one path, and a path one tile', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
  expect(tilePath({ level: 'entries', index: 5, width: 7 })).toBe('tile/entries/005.p/7')
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(63), fc.constant('entries' as const)),
      fc.maxSafeNat(),
      fc.integer({ min: 1, max: 256 }),
      (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width })
      },
    ),
  )
  for (const path of [
    ...['tile/0/0', 'tile/00/000', 'tile/64/000', 'tile/0/x000/001', 'tile/0/1234'],
    ...['tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/000.p/07', 'tile/entries/x00/000', ''],
  ]) {
    expect(parseTilePath(path), path).toBeUndefined()
  }
})

test('a tree of 70000 has the partial tiles of the specification', () => {
  expect(partialTiles(70_000).map(tilePath)).toEqual([
    'tile/0/273.p/112',
    'tile/entries/273.p/112',
    'tile/1/001.p/17',
    'tile/2/000.p/1',
  ])
  expect(partialTiles(256).map(tilePath)).toEqual(['tile/1/000.p/1'])
})

test('entries come back from a bundle as they went in, and no bytes make the reading throw', () => {
  const leaf = fc.uint8Array({ minLength: 1, maxLength: 700 }).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(fc.array(leaf, { maxLength: 256 }), fc.nat(20), (leaves, cut) => {
      const bytes = encodeEntries(leaves)
      expect(decodeEntries(bytes)).toEqual({ leaves, goodBytes: bytes.length, restBytes: 0 })
      const found = decodeEntries(bytes.subarray(0, Math.max(0, bytes.length - cut)))
      expect(found.leaves).toEqual(leaves.slice(0, found.leaves.length))
      expect(found.goodBytes + found.restBytes).toBe(Math.max(0, bytes.length - cut))
    }),
    { numRuns: 30 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      const { leaves, goodBytes, restBytes } = decodeEntries(Buffer.from(bytes))
      expect(goodBytes + restBytes).toBe(bytes.length)
      expect(leaves.every(({ length }) => length > 0)).toBe(true)
    }),
  )
})
