import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimal, fieldsMax, headCharsMax, RawMessage } from '../../src/sip/raw-message.ts'

function message(lines: readonly string[], body = ''): RawMessage {
  return new RawMessage(`INVITE sip:x@y SIP/2.0\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}

test('fields keep their order, each on its own, names in lower case and in full', () => {
  const { fields } = message(['X-API-Key: one', 'x-api-key:two', 'F : <sip:a@b>', 'Accept: a, b'])
  expect(fields).toEqual([
    { name: 'x-api-key', value: 'one' },
    { name: 'x-api-key', value: 'two' },
    { name: 'from', value: '<sip:a@b>' },
    { name: 'accept', value: 'a, b' },
  ])
})

test('a folded line belongs to the field before it', () => {
  expect(message(['Subject: one', '\ttwo', '   three', 'To: x']).fields).toEqual([
    { name: 'subject', value: 'one two three' },
    { name: 'to', value: 'x' },
  ])
})

test('spaces and tabs around a value are none of it, and whatever else may look blank is', () => {
  for (const odd of ['\u2028', '\u2029', '\u00a0', '\ufeff', '\u3000', '\u0085', '\v', '\f']) {
    const lines = [`i:\t ${odd}a${odd} \t`, `Subject: ${odd}b`, `  ${odd}c${odd}  `]
    expect(message(lines).fields, JSON.stringify(odd)).toEqual([
      { name: 'call-id', value: `${odd}a${odd}` },
      { name: 'subject', value: `${odd}b ${odd}c${odd}` },
    ])
  }
})

test.each(['\r\n', '\n', '\r'])('%j ends a line, so that no field hides in another', (end) => {
  const raw = ['INVITE sip:x@y SIP/2.0', 'Subject: x', 'X-API-Key: k', '', 'body'].join(end)
  expect(new RawMessage(raw).all('x-api-key')).toEqual(['k'])
  expect(new RawMessage(raw).body).toBe('body')
})

test('a line without a colon is no field and hides none', () => {
  expect(message(['nonsense', ' folded', 'To: x']).fields).toEqual([{ name: 'to', value: 'x' }])
})

test('the body ends where Content-Length says, counted in bytes', () => {
  expect(message(['Content-Length: 4'], 'ümlaut').body).toBe('üml')
  expect(message(['l: 99'], 'abc').body).toBe('abc')
  expect(message(['Content-Length: x'], 'abc').body).toBe('abc')
})

test('a head beyond the limits is told, not read to the end', () => {
  const many = Array.from({ length: fieldsMax + 1 }, (_, index) => `A${index}: b`)
  expect(message(many).truncated).toBe(true)
  expect(message(many.slice(1)).truncated).toBe(false)
  expect(message([`A: ${'b'.repeat(headCharsMax)}`]).truncated).toBe(true)
})

test('whatever comes is read without a throw, in bounds', () => {
  const text = fc.string({ unit: 'binary', maxLength: 2000 })
  const linelike = fc.array(fc.constantFrom('A: b', ' x', '', ':', '\n', '\r', 'c:d', '\0'))
  const raws = fc.oneof(
    text,
    linelike.map((lines) => lines.join('\r\n')),
  )
  fc.assert(
    fc.property(raws, (raw) => {
      const read = new RawMessage(raw)
      expect(read.fields.length).toBeLessThanOrEqual(fieldsMax)
      for (const { name, value } of read.fields) expect(name + value).not.toMatch(/[\r\n]/)
      expect(raw.endsWith(read.body)).toBe(true)
    }),
  )
})

test('every field that was written is read back', () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z-]{1,12}$/)
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 40 }), (written) => {
      const read = message(written.map(([n, v]) => `${n}: ${v}`)).fields
      expect(read).toEqual(written.map(([n, v]) => ({ name: n.toLowerCase(), value: v })))
    }),
  )
})

test('only a plain decimal number is one', () => {
  expect(['0', '70', '999999'].map(decimal)).toEqual([0, 70, 999_999])
  expect(['', '-1', '+1', '1.0', ' 1', '1000000', '٣', undefined].map(decimal)).toEqual(
    Array(8).fill(-1),
  )
})
