import { hash } from 'node:crypto'
import { type PersonalKind, personalKinds } from '../domain/personal.ts'
import { keyedHash } from './index-hash.ts'
import { positionDigits } from './seed-tree.ts'

const purpose = 'tollgate everybody 1\n'
const keyBytes = 32

/** The kinds that an event of a call may have. */
export const kindsOfCalls = personalKinds.filter((kind) => kind !== 'actor')

/** What is sealed for everybody has no place of its own in a tree. */
export const everybodyPosition = '0'.repeat(positionDigits)

/** The key that takes all of these keys to make: gone with the first of them. */
export function everybodyKey(keys: readonly Buffer[]): Buffer {
  return Buffer.from(everybodyKeyText(keys.map((key) => key.toString('latin1'))), 'latin1')
}

/** The same of keys that are texts of their bytes (Latin-1), and as such a text. */
export function everybodyKeyText(keys: readonly string[]): string {
  if (keys.length === 0) throw new TypeError('nobody is in the event')
  const input = Buffer.allocUnsafe(purpose.length + keys.length * keyBytes)
  let at = input.write(purpose, 'latin1')
  for (const key of keys) at += input.write(key, at, 'latin1')
  return hash('sha256', input, 'binary')
}

/** So few that a tag finds thousands of texts, and tells of none of them that it is this one. */
const tagBits = 12
const tagDigits = 4
/** Base64 that has the first six bytes of a box. */
const headCharacters = 8

/**
 * The key by which texts for everybody in a tenant's month are tagged, from what its kinds are found
 * by in an index; undefined once one of them is gone.
 */
export function tagKeyOf(
  indexKeyOf: (kind: PersonalKind) => Buffer | undefined,
): Buffer | undefined {
  const keys = kindsOfCalls.map(indexKeyOf).filter((key) => key !== undefined)
  return keys.length === kindsOfCalls.length ? everybodyKey(keys) : undefined
}

/** A few bits of what a text is found by, never 0. */
export function tagOf(tagKey: Buffer, text: string): number {
  return (keyedHash(tagKey, text).readUInt16BE() % (2 ** tagBits - 1)) + 1
}

/** The place in the box of a text for everybody, which has no need of one, that holds its tag. */
export function taggedPosition(tag: number): string {
  return tag.toString(16).padStart(tagDigits, '0').padEnd(positionDigits, '0')
}

/** The tag of what is sealed for everybody; undefined where it has none. */
export function tagIn(sealed: string): number | undefined {
  const head = Buffer.from(sealed.slice(0, headCharacters), 'base64')
  return head.length < tagDigits / 2 ? undefined : head.readUInt16BE() || undefined
}
