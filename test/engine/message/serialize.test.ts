import { expect, test } from 'vitest'
import type { Header, Message } from '../../../src/engine/message/message.ts'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { serialize } from '../../../src/engine/message/serialize.ts'

function response(headers: Header[], body = ''): Message {
  return { kind: 'response', status: 200, reason: 'OK', headers, body: Buffer.from(body) }
}

test('names are written in full and Content-Length is ours', () => {
  const headers = [
    { name: 'i', value: 'x' },
    { name: 'l', value: '99' },
    { name: 'cseq', value: '1 BYE' },
    { name: 'content-LENGTH', value: '0' },
  ]
  expect(serialize(response(headers, 'žluť')).toString()).toBe(
    'SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 1 BYE\r\nContent-Length: 6\r\n\r\nžluť',
  )
})

test('no text adds a line, whichever part it is handed over in', () => {
  const evil = 'x\r\nEvil: 1\n\r\n\r\nEvil: 2\rEvil: 3'
  const headers = [
    { name: 'Subject', value: evil },
    { name: evil, value: 'x' },
    { name: 'A:b', value: 'x' },
    { name: '', value: 'x' },
  ]
  const body = Buffer.alloc(0)
  for (const message of [
    { ...response(headers), reason: evil } as Message,
    { kind: 'request', method: evil, uri: evil, headers, body } as const,
  ]) {
    const lines = serialize(message)
      .toString()
      .split(/\r\n|\r|\n/)
    expect(lines).toHaveLength(5)
    expect(lines.filter((line) => line.startsWith('Evil'))).toEqual([])
  }
})

test('a body is the same, byte for byte', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const headers = ['Via: SIP/2.0/UDP a', 'From: sip:a', 'To: sip:b', 'Call-ID: c', 'CSeq: 1 A'].map(
    (line): Header => {
      const [name = '', value = ''] = line.split(/: (.*)/)
      return { name, value }
    },
  )
  const bytes = serialize({ ...response(headers), body: all })
  const result = parseMessage(bytes, 'datagram')
  expect(result.ok && result.message.body.equals(all)).toBe(true)
})
