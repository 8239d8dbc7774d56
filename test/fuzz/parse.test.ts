import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitList } from '../../src/engine/message/headers.ts'
import type { Message } from '../../src/engine/message/message.ts'
import { parseNameAddr } from '../../src/engine/message/name-addr.ts'
import { parseParams } from '../../src/engine/message/params.ts'
import { type Framing, parseMessage } from '../../src/engine/message/parse.ts'
import { serialize } from '../../src/engine/message/serialize.ts'
import { parseSipUri } from '../../src/engine/message/uri.ts'
import { parseVia } from '../../src/engine/message/via.ts'
import { messageArbitrary, mutatedBytes } from './arbitraries.ts'

const framings: readonly Framing[] = ['datagram', 'stream']

test('any message is the same after writing and reading it', () => {
  fc.assert(
    fc.property(messageArbitrary, (message) => {
      const bytes = serialize(message)
      for (const framing of framings) {
        const result = parseMessage(bytes, framing)
        if (!result.ok) throw new Error(result.reason)
        expect(withoutLength(result.message)).toEqual(message)
        expect(serialize(result.message)).toEqual(bytes)
      }
    }),
    { numRuns: 300 },
  )
})

test('no bytes make the parser throw or hand up what it can not write again', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 600 }).map(Buffer.from), mutatedBytes)
  fc.assert(
    fc.property(bytes, fc.constantFrom(...framings), (input, framing) => {
      const result = parseMessage(input, framing)
      if (!result.ok) {
        if (result.salvage) serialize(result.salvage)
        return
      }
      const again = parseMessage(serialize(result.message), 'stream')
      expect(again.ok && withoutLength(again.message)).toEqual(withoutLength(result.message))
    }),
    { numRuns: 3_000 },
  )
})

test('no text makes the parser of a part throw', () => {
  const piece = fc.constantFrom(
    '"',
    '\\',
    '<',
    '>',
    ';',
    ',',
    ':',
    '@',
    '=',
    ' ',
    '[',
    'a',
    '1',
    '/',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (input) => {
      parseVia(input)
      parseVia(`SIP/2.0/UDP ${input}`)
      parseNameAddr(input)
      parseSipUri(`sip:${input}`)
      parseParams(input, 0)
      splitList(input)
    }),
    { numRuns: 3_000 },
  )
})

function withoutLength(message: Message): Message {
  const headers = message.headers.filter(({ name }) => name !== 'Content-Length')
  return { ...message, headers }
}
