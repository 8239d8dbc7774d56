import { expect, test } from 'vitest'
import { canonicalName, readName, wireName } from '../../../src/engine/message/header-names.ts'
import {
  allHeaders,
  firstHeader,
  isSafeHeaderValue,
  listHeader,
  replaceFirstHeader,
  splitList,
  withFirstHeader,
} from '../../../src/engine/message/headers.ts'

const headers = [
  { name: 'Via', value: 'one' },
  { name: 'Via', value: 'two' },
  { name: 'x-Key', value: 'secret' },
  { name: 'Allow', value: 'INVITE,  ACK' },
  { name: 'Allow', value: 'BYE' },
]

test.each([
  ['call-id', 'Call-ID'],
  ['CSEQ', 'CSeq'],
  ['www-authenticate', 'WWW-Authenticate'],
  ['rack', 'RAck'],
  ['mime-version', 'MIME-Version'],
  ['y', 'Identity'],
  ['X', 'Session-Expires'],
  ['k', 'Supported'],
  ['L', 'Content-Length'],
  ['x-key', 'x-key'],
  ['P-Unknown', 'P-Unknown'],
])('%s is spelt %s', (name, canonical) => {
  expect(canonicalName(name)).toBe(canonical)
  expect(readName(name)).toBe(canonical)
})

test.each([
  ['call-id', 'Call-ID'],
  ['my-own-header', 'My-Own-Header'],
  ['myOwn', 'MyOwn'],
  ['x-foo-bar', 'x-foo-bar'],
  ['X-foo-bar', 'X-foo-bar'],
])('a header that an application calls %s goes out as %s', (name, wire) => {
  expect(wireName(name)).toBe(wire)
})

test.each(['', 'a b', 'a:b', 'a\r\nb', 'ä', 'a\0'])('%j is no header name', (name) => {
  expect(readName(name)).toBeUndefined()
})

test('names that no standard knows are found in any case', () => {
  expect(firstHeader({ headers }, 'X-KEY')).toBe('secret')
  expect(allHeaders({ headers }, 'X-Key')).toEqual(['secret'])
  expect(firstHeader({ headers }, 'X-Other')).toBeUndefined()
})

test('lists are read over all their headers', () => {
  expect(allHeaders({ headers }, 'Via')).toEqual(['one', 'two'])
  expect(listHeader({ headers }, 'Allow')).toEqual(['INVITE', 'ACK', 'BYE'])
})

test('changes give new lists and leave the old one alone', () => {
  const before = structuredClone(headers)
  const names = (list: readonly { name: string; value: string }[]) =>
    list.map(({ name, value }) => `${name}=${value}`).slice(0, 3)
  expect(names(withFirstHeader(headers, 'via', 'new'))[0]).toBe('Via=new')
  expect(names(replaceFirstHeader(headers, 'Via', 'new'))).toEqual([
    'Via=new',
    'Via=two',
    'x-Key=secret',
  ])
  expect(replaceFirstHeader(headers, 'To', 'new').at(-1)).toEqual({ name: 'To', value: 'new' })
  expect(headers).toEqual(before)
})

test.each([
  ['', []],
  ['a', ['a']],
  ['a,b , c', ['a', 'b', 'c']],
  [',a,,', ['a']],
  ['"a,b" <sip:c,d>;e="f,g", h', ['"a,b" <sip:c,d>;e="f,g"', 'h']],
  ['"a\\",b", c', ['"a\\",b"', 'c']],
  ['"never closed, a', ['"never closed, a']],
])('%j is the list %j', (value, entries) => {
  expect(splitList(value)).toEqual(entries)
})

test('a value with a line break is not safe', () => {
  expect(isSafeHeaderValue('a\tb; c="d"')).toBe(true)
  for (const bad of ['a\r\nb', 'a\n', '\ra']) expect(isSafeHeaderValue(bad)).toBe(false)
})
