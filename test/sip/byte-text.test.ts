import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodyText, byteLengthOf, bytesOf, textOf } from '../../src/sip/byte-text.ts'

test('any bytes come back from the text that they were made', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
      const bytes = Buffer.from(array)
      const text = bodyText(bytes)
      expect(bytesOf(text)).toEqual(bytes)
      expect(byteLengthOf(text)).toBe(bytes.length)
    }),
  )
})

test('any text of Unicode is itself, also beside bytes that are none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      if (!text.isWellFormed()) return
      expect(bodyText(Buffer.from(text))).toBe(text)
      expect(bytesOf(`${text}\udcff`)).toEqual(Buffer.concat([Buffer.from(text), Buffer.of(0xff)]))
    }),
  )
})

test('a head that is no UTF-8 has no lone surrogate, whatever the body has', () => {
  const head = Buffer.concat([Buffer.from('INFO sip:a SIP/2.0\r\nSubject: '), Buffer.of(0xff)])
  const message = Buffer.concat([head, Buffer.from('\r\n\r\n'), Buffer.of(0xfe, 0x41)])
  const text = textOf(message)
  expect(text).toBe('INFO sip:a SIP/2.0\r\nSubject: \ufffd\r\n\r\n\udcfeA')
  expect(textOf(head).isWellFormed()).toBe(true)
})
