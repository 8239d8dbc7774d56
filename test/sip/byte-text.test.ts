import { expect, test } from 'vitest'
import { messageText } from '../../src/sip/byte-text.ts'

test('a head that is no UTF-8 has no lone surrogate, whatever the body has', () => {
  const head = Buffer.concat([Buffer.from('INFO sip:a SIP/2.0\r\nSubject: '), Buffer.of(0xff)])
  const message = Buffer.concat([head, Buffer.from('\r\n\r\n'), Buffer.of(0xfe, 0x41)])
  const text = messageText(message)
  expect(text).toBe('INFO sip:a SIP/2.0\r\nSubject: \ufffd\r\n\r\n\udcfeA')
  expect(messageText(head).isWellFormed()).toBe(true)
})
