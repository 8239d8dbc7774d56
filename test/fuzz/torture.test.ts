import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allHeaders, firstHeader } from '../../src/engine/message/headers.ts'
import type { Message } from '../../src/engine/message/message.ts'
import { parseNameAddr } from '../../src/engine/message/name-addr.ts'
import { parseMessage } from '../../src/engine/message/parse.ts'
import { serialize } from '../../src/engine/message/serialize.ts'
import { parseSipUri } from '../../src/engine/message/uri.ts'
import { everyCase, rfc4475Names } from './torture-cases.ts'
import { parserTable } from './torture-table.ts'

const cases = everyCase

function accepted(name: string): Message {
  const found = cases.find((entry) => entry.name.includes(name))
  const result = found && parseMessage(found.bytes, 'datagram')
  if (!result?.ok) throw new Error(`${name}: ${result?.reason}`)
  return result.message
}

test('all 49 messages of RFC 4475 are here', () => {
  expect(rfc4475Names.size).toBe(49)
})

test('docs/parser.md says what is done with each', async () => {
  const page = readFileSync('docs/parser.md', 'utf8')
  const head = page.slice(0, page.indexOf('| section '))
  // `npx vitest run test/fuzz/torture.test.ts -u` writes the table anew.
  await expect(head + parserTable()).toMatchFileSnapshot('../../docs/parser.md')
})

test.each(cases)('$name: $verdict', ({ bytes, verdict }) => {
  const result = parseMessage(bytes, 'datagram')
  const seen = result.ok ? 'accepted' : result.salvage ? result.status : 'dropped'
  expect(seen, result.ok ? '' : result.reason).toBe(verdict)
})

test.each(cases.filter(({ verdict }) => verdict === 'accepted'))(
  'what was accepted is the same after writing and reading it: $name',
  ({ bytes }) => {
    const first = parseMessage(bytes, 'datagram')
    if (!first.ok) throw new Error(first.reason)
    const second = parseMessage(serialize(first.message), 'stream')
    if (!second.ok) throw new Error(second.reason)
    const without = (message: Message) => ({
      ...message,
      headers: message.headers.filter(({ name }) => name !== 'Content-Length'),
    })
    expect(without(second.message)).toEqual(without(first.message))
  },
)

test('wsinv is understood, not merely let through', () => {
  const message = accepted('wsinv')
  expect(allHeaders(message, 'Via')).toEqual([
    'SIP  /   2.0 /UDP 192.0.2.2;branch=390skdjuw',
    'SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8',
    'SIP  /    2.0   / UDP  192.168.255.111   ; branch= z9hG4bK30239',
  ])
  expect(firstHeader(message, 'Subject')).toBe('')
  expect(firstHeader(message, 'newfangledheader')).toBe(
    'newfangled value continued newfangled value',
  )
  expect(parseNameAddr(firstHeader(message, 'To') ?? '')).toMatchObject({
    uri: 'sip:vivekg@chair-dnrc.example.com',
    tag: '1918181833n',
  })
  expect(parseNameAddr(firstHeader(message, 'From') ?? '')).toMatchObject({
    display: 'J Rosenberg \\"',
    tag: '98asjd8',
  })
})

test('bodies and trailing octets are cut where Content-Length says', () => {
  expect(accepted('mpart01').body.toString()).toContain('\0\x01\x7f\r\n\r\n\n\n--')
  expect(accepted('dblreq').body.length).toBe(0)
})

test('users with every special character are taken apart at the right place', () => {
  const semicolons = accepted('semiuri')
  const uri = semicolons.kind === 'request' ? parseSipUri(semicolons.uri) : undefined
  expect(uri).toMatchObject({ user: 'user;par=u%40example.net', host: 'example.com' })
  const all = accepted('intmeth')
  expect(all.kind === 'request' && parseSipUri(all.uri)).toMatchObject({
    user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
    password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
    host: 'example.com',
  })
})
