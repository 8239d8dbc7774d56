import { crc32 } from 'node:zlib'
import type { Random } from '../kernel/random.ts'
import { toBase62 } from '../keys/base62.ts'
import { mintKey, parseKey } from '../keys/format.ts'
import type { KeyChoice } from './lines.ts'

const checksumChars = 6

/** The values of the key headers that a choice stands for. Throws for a key that is not declared. */
export function keyTexts(
  choice: KeyChoice,
  declared: (id: string) => string,
  random: Random,
): readonly string[] {
  if (typeof choice === 'object') return [declared(choice.declared)]
  switch (choice) {
    case 'none':
      return []
    case 'unknown':
      return [mintKey(random, 'live').text.reveal()]
    case 'wrong secret':
      return [withOtherSecret(declared('pbx'), random)]
    case 'malformed':
      return ['open sesame']
    case 'two keys':
      return [declared('pbx'), declared('pbx')]
  }
}

/** A key of the same public id and in perfect form, but with a secret that nobody was given. */
function withOtherSecret(key: string, random: Random): string {
  const other = parseKey(mintKey(random, 'live').text.reveal())
  const idEnd = key.lastIndexOf('_') + 1
  const body = key.slice(0, idEnd) + (other?.secret.reveal() ?? '')
  return body + toBase62(crc32(body), checksumChars)
}
