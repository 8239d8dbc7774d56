import parser from 'drachtio-srf/lib/sip-parser/parser.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Written, writeSipText } from '../../src/sip/srf-writer.ts'

const name = fc.constantFrom(
  'content-length',
  'Content-Length',
  'call-id',
  'X-A',
  '7',
  'to',
  'cseq',
)
const parsed = fc.constantFrom({ parsed: { seq: 1, method: 'INVITE' } }, 7, undefined)
const value = fc.oneof({ weight: 6, arbitrary: fc.string() }, parsed)
const uri = fc.constantFrom('sip:a@b', { scheme: 'sip', user: 'a', host: 'b' }, undefined)
const body = fc.constantFrom('v=0\r\n', 'gr\u00fc\u00dfe', '', undefined)

test('writes any message as drachtio-srf does, and leaves what it was given as it was', () => {
  const message = fc.record(
    {
      method: fc.constantFrom('INVITE', 'ACK'),
      uri,
      version: fc.constantFrom('2.0', '3.0', undefined),
      status: fc.constantFrom(200, 0, undefined),
      reason: fc.constantFrom('OK', undefined),
      headers: fc.dictionary(name, value),
      body,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(message, (given) => {
      const before = structuredClone(given)
      const copy = { ...given, headers: { ...given.headers } }
      const expected = attempt(() => parser.stringifySipMessage(copy))
      expect(attempt(() => writeSipText(given as Written))).toBe(expected)
      expect(given).toEqual(before)
    }),
    { numRuns: 2_000 },
  )
})

function attempt(write: () => string): string {
  try {
    return write()
  } catch (error) {
    return String(error)
  }
}
