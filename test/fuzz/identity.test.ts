import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64Url } from '../../src/identity/verification/base64url.ts'
import { parseIdentityField } from '../../src/identity/verification/identity-field.ts'
import { readPassport } from '../../src/identity/verification/read-passport.ts'
import { readRichCallData } from '../../src/identity/verification/rich-call-data.ts'
import { parseStrictJson } from '../../src/identity/verification/strict-json.ts'
import { locateX5u } from '../../src/identity/verification/x5u.ts'

const call = {
  sipCallId: 'a@b',
  identityHeaders: [],
  orig: { tn: '+12155550121' },
  dest: [{ tn: '+12155550131' }],
  dateHeader: 'Mon, 05 Jan 2026 12:00:00 GMT',
  receivedAtMs: 0,
}

/** RFC 8225 appendix A, whose claims are those of a base PASSporT. */
const appendixA =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0' +
  'LmNlciJ9.eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ3MTM3NTQxOCwib3JpZyI' +
  '6eyJ0biI6IjEyMTU1NTUxMjEyIn19.VLBCIVDCaeK6M4hLJb6SHQvacAQVvoiiEOWQ_iUqkwJnLepWhPSMVhC83ylZRI-_' +
  'qrMaNIWIGXnPqQ0hs0TIuw'

const field = `${appendixA};info=<https://cert.example.org/passport.cer>;alg=ES256;ppt=shaken`

describe('reading an Identity field', () => {
  test("takes RFC 8225's own example apart", () => {
    const read = readPassport(`${appendixA};info=<https://cert.example.org/passport.cer>`, call)
    expect(read).toMatchObject({
      is: 'passport',
      passport: {
        x5u: 'https://cert.example.org/passport.cer',
        claims: {
          kind: 'base',
          orig: { tn: '12155551212' },
          dest: [{ uri: 'sip:alice@example.com' }],
          iatS: 1_471_375_418,
        },
      },
    })
  })

  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), mutated()), (text) => {
        expect(['passport', 'unknown', 'faulty']).toContain(readPassport(text, call).is)
      }),
      { numRuns: 2000 },
    )
  })

  test('a field that is read says what it was written from', () => {
    const parts = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
    const paths = fc.stringMatching(/^[a-z0-9/._-]{1,30}$/)
    fc.assert(
      fc.property(parts, parts, parts, paths, (header, payload, signature, path) => {
        const info = `https://x.example/${path}`
        const text = `${header}.${payload}.${signature};info=<${info}>;alg=ES256;ppt=shaken`
        const read = parseIdentityField(text)
        const expected = { header, payload, signature, info, alg: 'ES256', ppt: 'shaken' }
        expect(read).toEqual({ form: 'full', ...expected })
      }),
    )
  })

  test.each([
    ['64 KiB of dots', '.'.repeat(65_536)],
    ['64 KiB of letters', 'a'.repeat(65_536)],
    ['16 KiB of letters', 'a'.repeat(16_384)],
    ['blanks', `a.b.c${' '.repeat(16_000)}x`],
    ['semicolons', `a.b.c${';'.repeat(16_000)}`],
    ['blanks between semicolons', `a.b.c;info=<x>${' ;'.repeat(8000)}`],
    ['an open quote', `a.b.c;info=<x>;a="${'\\'.repeat(16_000)}`],
    ['an open bracket', `a.b.c;info=<${'x'.repeat(16_000)}`],
    ['breaks of lines', `a.b.c;info=<x>${'\r\n '.repeat(5000)}`],
    ['half breaks of lines', `a.b.c;info=<x>${'\r'.repeat(16_000)}`],
    [
      'JSON that nests',
      `${Buffer.from('['.repeat(11_000)).toString('base64url')}.e30.AAAA;info=<x>`,
    ],
    [
      'JSON of quotes',
      `${Buffer.from('"'.repeat(11_000)).toString('base64url')}.e30.AAAA;info=<x>`,
    ],
    [
      'JSON of backslashes',
      `${Buffer.from(`{"${'\\\\'.repeat(5000)}":1}`).toString('base64url')}.e30.AAAA;info=<x>`,
    ],
  ])('%s cost less than 5 ms', (_name, text) => {
    readPassport(text, call)
    const times = Array.from({ length: 5 }, () => {
      const startedMs = performance.now()
      readPassport(text, call)
      return performance.now() - startedMs
    })
    expect(Math.min(...times)).toBeLessThan(5)
  })
})

describe('strict JSON', () => {
  test('is what JSON is, where no member is doubled', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
        expect(parseStrictJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('a member that is doubled anywhere makes it none', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`
        expect(parseStrictJson(`{${member},${member}}`)).toBeUndefined()
        expect(parseStrictJson(`{"a":[{"b":{${member},${member}}}]}`)).toBeUndefined()
      }),
    )
  })
})

describe('the parts of a PASSporT', () => {
  test('bytes have one spelling in base64url', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url')
        expect(decodeBase64Url(text)).toEqual(Buffer.from(bytes))
        expect(decodeBase64Url(`${text}=`)).toBeUndefined()
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bytes = decodeBase64Url(text)
        expect(bytes === undefined || bytes.toString('base64url') === text).toBe(true)
      }),
    )
  })

  test('no URL leads to an address, to another port or with a query, however it is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl({ withQueryParameters: true, withFragments: true }),
          fc.string().map((rest) => `https://${rest}`),
        ),
        (text) => {
          const location = locateX5u(text, [])
          if (!location) return
          const url = new URL(text)
          expect(url.protocol).toBe('https:')
          expect(url.hostname).toBe(location.host)
          expect(url.search + url.hash + url.username + url.password).toBe('')
          expect([443, 8443]).toContain(location.port)
          expect(/^[\d.]+$|:/.test(url.hostname)).toBe(false)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('rich call data of any shape is read or left out', () => {
    fc.assert(
      fc.property(
        fc.record(
          { rcd: fc.jsonValue(), rcdi: fc.jsonValue(), crn: fc.jsonValue() },
          { requiredKeys: [] },
        ),
        (rich) => {
          const read = readRichCallData(rich)
          expect(read === undefined || typeof read.name === 'string').toBe(true)
        },
      ),
    )
  })
})

/** The example with a piece put in, taken out or doubled. */
function mutated() {
  const at = fc.nat({ max: field.length })
  return fc.tuple(at, at, fc.string()).map(([from, to, piece]) => {
    return field.slice(0, Math.min(from, to)) + piece + field.slice(Math.max(from, to))
  })
}
