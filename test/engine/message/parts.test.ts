import { expect, test } from 'vitest'
import { parseCSeq } from '../../../src/engine/message/cseq.ts'
import { parseNameAddr } from '../../../src/engine/message/name-addr.ts'
import { parseParams } from '../../../src/engine/message/params.ts'
import { parseRAck } from '../../../src/engine/message/rack.ts'
import { tagOf } from '../../../src/engine/message/tags.ts'
import { parseSipUri, uriScheme } from '../../../src/engine/message/uri.ts'
import { formatVia, newVia, parseVia } from '../../../src/engine/message/via.ts'

test('a Via is taken apart with its parameters', () => {
  const via = parseVia(
    'SIP/2.0/udp gate.example:5061;rport=5;received=10.0.0.1;branch=z9hG4bK1;ttl=1',
  )
  expect(via).toMatchObject({
    protocol: 'UDP',
    host: 'gate.example',
    port: 5061,
    branch: 'z9hG4bK1',
    received: '10.0.0.1',
    rport: 5,
  })
  expect(via?.params.get('ttl')).toBe('1')
  expect(parseVia('SIP/2.0/UDP [2001:db8::1]:5060;rport')).toMatchObject({
    host: '[2001:db8::1]',
    port: 5060,
    rport: '',
    branch: undefined,
  })
  expect(parseVia('SIP/2.0/UDP host : 5060 ; branch = x')).toMatchObject({
    port: 5060,
    branch: 'x',
  })
})

test('a Via that is written is the one that was read', () => {
  for (const text of [
    'SIP/7.0/SCTP 10.0.0.1:5060;branch=z9hG4bK1',
    'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport',
    newVia({ protocol: 'tcp', sentBy: '10.0.0.1:5060', branch: 'z9hG4bK2' }),
  ]) {
    const via = parseVia(text)
    expect(via && formatVia(via)).toBe(text)
  }
  expect(newVia({ protocol: 'udp', sentBy: 'h', branch: 'b', flag: 'rport' })).toBe(
    'SIP/2.0/UDP h;rport;branch=b',
  )
})

test.each([
  '',
  'SIP/2.0/UDP',
  'SIP/2.0/UDP ',
  'SIP/2.0/ host',
  'SIP/3 0/UDP host',
  'HTTP/2.0/UDP host',
  'SIP/2.0/UDP host:0',
  'SIP/2.0/UDP host:65536',
  'SIP/2.0/UDP host:50 60',
  'SIP/2.0/UDP ho st',
  'SIP/2.0/UDP [::1',
  'SIP/2.0/UDP []',
  'SIP/2.0/UDP host;rport=x',
  'SIP/2.0/UDP host;branch=a;branch=b',
  'SIP/2.0/UDP host;branch="a',
  'SIP/2.0/UDP host, SIP/2.0/UDP other',
])('%j is no Via', (text) => {
  expect(parseVia(text)).toBeUndefined()
})

test('a CSeq has a number below 2^31 and a method', () => {
  expect(parseCSeq('1 INVITE')).toEqual({ number: 1, method: 'INVITE' })
  expect(parseCSeq('2147483647\t BYE')).toEqual({ number: 2147483647, method: 'BYE' })
  for (const bad of [
    '',
    '1',
    '1 ',
    'INVITE',
    '-1 BYE',
    '2147483648 BYE',
    '1 A B',
    '1INVITE',
    ' 1 A',
  ]) {
    expect(parseCSeq(bad)).toBeUndefined()
  }
})

test.each([
  ['<sip:a@b>', { display: '', uri: 'sip:a@b', tag: undefined }],
  ['sip:a@b;tag=1', { display: '', uri: 'sip:a@b', tag: '1' }],
  ['<sip:a@b;tag=uri>;tag=header', { uri: 'sip:a@b;tag=uri', tag: 'header' }],
  ['"A \\"B\\" <sip:x>;tag=0" <sip:a@b>;TAG=1', { display: 'A "B" <sip:x>;tag=0', tag: '1' }],
  ['Alice Smith <tel:+1202;ext=5>', { display: 'Alice Smith', uri: 'tel:+1202;ext=5' }],
  ['sip:a@b;x="<y>"', { uri: 'sip:a@b' }],
])('%s is understood', (value, expected) => {
  expect(parseNameAddr(value)).toMatchObject(expected)
})

test.each([
  '',
  '*',
  'alice',
  '<>',
  '<alice>',
  '<sip:a@b',
  'sip:a@b>',
  '<sip:a b>',
  '< sip:a@b>',
  '"A <sip:a@b>',
  '"A" sip:a@b',
  'A"B <sip:a@b>',
  '<sip:a@b> tag=1',
  '<sip:a@b>;tag=1;tag=2',
  '<sip:a<b>>',
  'sip:a@b, sip:c@d',
  'sip:a,b@c',
  'sip:a@b?Route=%3Csip:c%3E',
])('%j is no address', (value) => {
  expect(parseNameAddr(value)).toBeUndefined()
})

test.each([
  ['<sip:a@h>;tag=x1', 'x1'],
  ['"A > B" <sip:a@h>;x=y;tag=x2;z', 'x2'],
  ['sip:a@h;tag=x3', 'x3'],
  ['<sip:a@h;tag=no>', ''],
  ['<sip:a@h>;TAG=x4', 'x4'],
  ['<sip:a@h>;x=">;tag=no";tag=x5', 'x5'],
  ['<sip:a@h>;tag= \u2028x6\u00a0 ;y', '\u2028x6\u00a0'],
  ['sip:a@h;tag= \u2028x6\u00a0 ;y', '\u2028x6\u00a0'],
])('the tag of %s', (value, tag) => {
  expect(tagOf(value)).toBe(tag)
})

test('a URI is taken apart, its scheme and parameter names in any case', () => {
  expect(parseSipUri('SIP:alice@h;Transport=TCP?a=b')).toMatchObject({
    scheme: 'sip',
    user: 'alice',
    password: undefined,
    host: 'h',
    port: undefined,
    headers: 'a=b',
  })
  expect(parseSipUri('sip:h;Transport=TCP')?.params.get('transport')).toBe('TCP')
  expect(uriScheme('TEL:+1')).toBe('tel')
})

test.each([
  '',
  'sip:',
  'sip:@host',
  'sip:a@',
  'sip:a@b@c',
  'sip:a b@c',
  'sip:a@b:',
  'sip:a@b:x',
  'sip:a@b:99999',
  'sip:a@b c',
  'sip:a@b;x=<',
  'sip:a@b?x y',
  'sip:a@[::1',
  'sip:a@b/c',
  'tel:+1202',
  '1sip:a@b',
  'a@b',
])('%j is no SIP URI', (text) => {
  expect(parseSipUri(text)).toBeUndefined()
})

test('parameters have lower-case names, may repeat themselves but not contradict', () => {
  expect(parseParams(';A=1;b ; c = "x;y" ;;b', 0)).toEqual(
    new Map([
      ['a', '1'],
      ['b', ''],
      ['c', '"x;y"'],
    ]),
  )
  for (const bad of ['a', ';a=1;a=2', ';a b', ';"a"', ';a="', ';a=<', ';a,']) {
    expect(parseParams(bad, 0)).toBeUndefined()
  }
  const many = (count: number) => Array.from({ length: count }, (_, at) => `;p${at}`).join('')
  expect(parseParams(many(64), 0)?.size).toBe(64)
  expect(parseParams(many(65), 0)).toBeUndefined()
  expect(parseParams(';a'.repeat(65), 0)).toBeUndefined()
})

test('an RAck is two numbers and a method, whatever a phone writes behind them', () => {
  const rack = { rseq: 1, sequence: 2, method: 'INVITE' }
  expect(parseRAck('1 2 INVITE')).toEqual(rack)
  expect(parseRAck(' 1\t2  INVITE INVITE')).toEqual(rack)
  for (const text of ['', '1 2', '1 2 ', 'x 2 INVITE', '1 x INVITE', '4294967296 2 INVITE']) {
    expect(parseRAck(text)).toBeUndefined()
  }
})
