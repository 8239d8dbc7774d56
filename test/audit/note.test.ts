import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openCheckpoint, parseCheckpoint } from '../../src/audit/note/checkpoint.ts'
import {
  encodePrivateKey,
  isKeyName,
  parsePrivateKey,
  parseVerifierKey,
} from '../../src/audit/note/key.ts'
import { encodeNote, isSignedBy, parseNote, signText } from '../../src/audit/note/note.ts'

/** The example of c2sp.org/signed-note. */
const example = {
  key: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  note:
    'This is an example message.\n\n' +
    '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
}

const seed = Buffer.alloc(32, 7)
const signer = parsePrivateKey(encodePrivateKey('log.example', seed))
if (!signer) throw new Error('the key is not read')

test('the published note is verified by the published key', () => {
  const key = parseVerifierKey(example.key)
  const note = parseNote(Buffer.from(example.note))
  expect(key && note && isSignedBy(note, key)).toBe(true)
  const other = parseNote(Buffer.from(example.note.replace('an example', 'no example')))
  expect(key && other && isSignedBy(other, key)).toBe(false)
})

test('a key comes back from its text, and no other text is one', () => {
  const { text } = signer.verifier
  expect(parseVerifierKey(text)?.text).toBe(text)
  for (let at = 0; at < text.length; at++) {
    const changed = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
    expect(parseVerifierKey(changed), changed).toBeUndefined()
  }
  for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'x'.repeat(201)]) {
    expect(isKeyName(name)).toBe(false)
  }
})

test('one other byte anywhere in a signed checkpoint is found', () => {
  const text = `log.example\n42\n${Buffer.alloc(32, 1).toString('base64')}\n`
  const good = encodeNote(text, [signText(text, signer)])
  expect(openCheckpoint(good, signer.verifier)).toMatchObject({ origin: 'log.example', size: 42 })
  for (let at = 0; at < good.length; at++) {
    for (const flip of [1, 4, 0x20, 0x80]) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ flip
      expect(typeof openCheckpoint(bad, signer.verifier), `byte ${at}`).toBe('string')
    }
  }
})

test('a name has 200 code points at most, none of them a space of Unicode', () => {
  const text = 'log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'
  const good = ['x', 'n'.repeat(200), '\u{1f600}'.repeat(200), 'a\ufeffb', 'a\u200bb']
  const bad = ['', 'n'.repeat(201), 'a b', 'a\u3000b', 'a\u2028b', 'a\u0085b', 'a\u007fb', 'a+b']
  const opens = (name: string) => {
    const lines = [signText(text, signer), `— ${name} AAAAAAA=`]
    return typeof openCheckpoint(encodeNote(text, lines), signer.verifier) !== 'string'
  }
  expect(good.map(opens)).toEqual(good.map(() => true))
  expect(bad.map(opens)).toEqual(bad.map(() => false))
})

test('signatures of others are left alone, a bad one of ours is not', () => {
  const text = 'log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'
  const ours = signText(text, signer)
  const other = '— witness.example/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEg=='
  expect(openCheckpoint(encodeNote(text, [other, ours]), signer.verifier)).toHaveProperty('size', 0)
  const bad = signText(`${text}x\n`, signer)
  expect(openCheckpoint(encodeNote(text, [ours, bad]), signer.verifier)).toBe('checkpoint_unsigned')
  expect(openCheckpoint(encodeNote(text, [other]), signer.verifier)).toBe('checkpoint_unsigned')
})

test('no bytes make the reading of a note or a checkpoint throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(typeof openCheckpoint(Buffer.from(text), signer.verifier)).toBe('string')
      parseCheckpoint(text)
    }),
  )
  for (const text of ['a\n1\n', 'a\n01\nx\n', '\n0\n\n', 'a\n1e3\n\n', 'a\n-1\n\n']) {
    expect(parseCheckpoint(text)).toBeUndefined()
  }
})
