import type { Key } from '../domain/key.ts'

/** Bytes in JSON: an object of this one member. */
const bytesName = '$base64'

/** Fields of a key as text for the store; a field that is there as undefined stays so. */
export function textOfKey(fields: Partial<Key>): string {
  const members = Object.entries(fields).map(([name, value]) => [name, value ?? null])
  return JSON.stringify(Object.fromEntries(members), withBytes)
}

/** The fields back from their text; throws where it is none of `textOfKey`. */
export function keyOfText(text: string): Partial<Key> {
  const read: unknown = JSON.parse(text, bytesBack)
  if (typeof read !== 'object' || read === null) throw new Error('a key is an object')
  const members = Object.entries(read).map(([name, value]) => [name, value ?? undefined])
  return Object.fromEntries(members)
}

function withBytes(this: Record<string, unknown>, name: string, value: unknown): unknown {
  // Buffers have turned themselves into arrays of numbers before they get here as `value`.
  const original = this[name]
  return Buffer.isBuffer(original) ? { [bytesName]: original.toString('base64') } : value
}

function bytesBack(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(bytesName in value)) return value
  return Buffer.from(String(value[bytesName]), 'base64')
}
