import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Message } from '../../src/engine/message/message.ts'
import { parseMessage } from '../../src/engine/message/parse.ts'
import { serialize } from '../../src/engine/message/serialize.ts'
import { parseAppMessage } from '../../src/engine/protocol/app-message.ts'
import { StreamFramer } from '../../src/engine/transport/stream-framer.ts'
import { classify } from '../../src/sip/frames.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'

// Every bug of a parser leaves its input in the corpus: `<what was wrong>.<verdict>.sip`.
const corpus = readdirSync(new URL('corpus/', import.meta.url)).filter((name) =>
  name.endsWith('.sip'),
)
const bytesOf = (name: string) => readFileSync(new URL(`corpus/${name}`, import.meta.url))

test('the corpus is there', () => {
  expect(corpus.length).toBeGreaterThan(8)
})

test.each(corpus)('%s', (name) => {
  const bytes = bytesOf(name)
  const result = parseMessage(bytes, 'datagram')
  const refused = !result.ok && (result.salvage ? `${result.status}` : 'dropped')
  expect(refused || 'accepted').toBe(name.split('.').at(-2))
  if (!result.ok) return
  const again = parseMessage(serialize(result.message), 'stream')
  expect(again.ok && withoutLength(again.message)).toEqual(withoutLength(result.message))
})

test.each(corpus)('no other reader throws: %s', (name) => {
  const bytes = bytesOf(name)
  const framer = new StreamFramer({ onMessage: () => undefined, onPing: () => undefined })
  for (const byte of bytes) framer.push(Buffer.from([byte]))
  parseAppMessage(bytes)
  new RawMessage(bytes.toString())
  classify(`e1|sip|network|9|udp|h|1|t|x||\r\n${bytes}`)
})

function withoutLength(message: Message): Message {
  const headers = message.headers.filter((header) => header.name !== 'Content-Length')
  return { ...message, headers }
}
