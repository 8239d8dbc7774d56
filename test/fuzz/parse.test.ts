import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitList } from '../../src/engine/message/headers.ts'
import { headBytesMax } from '../../src/engine/message/limits.ts'
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

const hostile: Record<string, (size: number) => string> = {
  'lines without a colon': (size) => 'a\r\n'.repeat(size / 3),
  'bare line feeds': (size) => 'a\n'.repeat(size / 2),
  'folds of one header': (size) => `Subject: a\r\n${' a\r\n'.repeat(size / 4)}`,
  'Via entries': (size) => `v:${'a,'.repeat(200)}\r\n`.repeat(size / 404),
  'Via parameters': (size) => `v:SIP/2.0/UDP a${';a'.repeat(500)}\r\n`.repeat(size / 1_017),
  'unclosed quotes': (size) => `Route: ${'"\\'.repeat(500)}\r\n`.repeat(size / 1_009),
  'white space': (size) => `Subject:${' \t'.repeat(500)}\r\n`.repeat(size / 1_010),
  'open brackets': (size) => `Record-Route:${'<,'.repeat(500)}\r\n`.repeat(size / 1_015),
  digits: (size) => `Content-Length: ${'0'.repeat(1_000)}\r\n`.repeat(size / 1_018),
  'empty headers': (size) => 'a:\r\n'.repeat(size / 4),
}

// Time is measured as the CPU's, and only against itself: four times the input may cost four times
// as much, and half as much again for noise; a parser that is quadratic costs up to sixteen times.
test.each(Object.entries(hostile))('reading takes time linear in the input: %s', (_name, make) => {
  const small = headCost(make(headBytesMax / 4))
  const large = headCost(make(headBytesMax - 100))
  expect(large / Math.max(small, 20)).toBeLessThan(6)
})

/** The least CPU time of several readings, microseconds for twenty. */
function headCost(lines: string): number {
  const lineBreak = lines.includes('\r') ? '\r\n' : '\n'
  const bytes = Buffer.from(`OPTIONS sip:a SIP/2.0${lineBreak}${lines}${lineBreak}`)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 15; round++) {
    const before = process.cpuUsage()
    for (let count = 0; count < 20; count++) parseMessage(bytes, 'datagram')
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  return least
}

function withoutLength(message: Message): Message {
  const headers = message.headers.filter(({ name }) => name !== 'Content-Length')
  return { ...message, headers }
}
