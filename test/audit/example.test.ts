import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openCheckpoint } from '../../src/audit/note/checkpoint.ts'
import { parseVerifierKey } from '../../src/audit/note/key.ts'
import { hashLeaf, hashNode, rootOf } from '../../src/audit/tree/merkle.ts'
import { rootFromInclusion } from '../../src/audit/tree/proof.ts'

const page = readFileSync('docs/audit.md', 'utf8').split('## A worked example')[1] ?? ''
const lineOf = (name: string) => new RegExp(`^${name} {2,}(.+)$`, 'm').exec(page)?.[1] ?? ''

test('the worked example of the specification is what the code makes', () => {
  const leaves = [0, 1, 2].map((at) => hashLeaf(Buffer.from(lineOf(`entry ${at}`))))
  expect(leaves.map((hash) => hash.toString('hex'))).toEqual(
    [0, 1, 2].map((at) => lineOf(`leaf ${at}`)),
  )
  const [first, second, third] = leaves
  if (!first || !second || !third) throw new Error('the example has three entries')
  expect(hashNode(first, second).toString('hex')).toBe(lineOf('node 0, 1'))
  const root = rootOf(Buffer.concat(leaves))
  expect(root.toString('hex')).toBe(lineOf('root'))
  const proof = [first, third]
  expect(rootFromInclusion({ index: 1, size: 3, leafHash: second, proof })).toEqual(root)
  const key = parseVerifierKey(lineOf('verifier key'))
  const note = /The checkpoint:\n\n```\n([^`]+)```/.exec(page)?.[1] ?? ''
  expect(key && openCheckpoint(Buffer.from(note), key)).toMatchObject({ size: 3, root })
})
