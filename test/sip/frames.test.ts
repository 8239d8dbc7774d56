import { expect, test } from 'vitest'
import { certificateOf, classify } from '../../src/sip/frames.ts'

const leader = 'id|sip|network|1|udp|127.0.0.1|5060|12:00:00.0|txn-1||127.0.0.1|5070|'

function frame(text: string): string {
  return `${leader}\r\n${text}`
}

const invite = 'INVITE sip:x@y SIP/2.0\r\nTo: <sip:x@y>\r\n\r\nbody without: colons\r\n'

test('a CANCEL names its INVITE by transaction, not by Call-ID', () => {
  const text = 'CANCEL sip:x@y SIP/2.0\r\nCall-ID: shared\r\n\r\n'
  const of = { kind: 'cancel', transactionId: 'txn-1', text }
  expect(classify(frame(text))).toEqual({ ...of, byEngine: false })
})

test('a CANCEL of no bytes never was on a wire: the engine has made it', () => {
  const text = 'CANCEL sip:x@y SIP/2.0\r\nReason: SIP;cause=500\r\n\r\n'
  const made = frame(text).replace('|network|1|', '|network|0|')
  expect(classify(made)).toMatchObject({ kind: 'cancel', byEngine: true })
})

test.each([
  invite,
  'SIP/2.0 200 OK\r\nTo : x\r\n\r\n',
  'INVITE sip:x@y SIP/2.0\r\nSubject: a\r\n folded\r\nTo: y\r\n\r\n',
])('a message with plain header lines is readable', (text) => {
  expect(classify(frame(text)).kind).toBe('readable')
})

test.each([
  'INVITE sip:x@y SIP/2.0\r\nbad name: x\r\nX-API-Key: secret\r\n\r\n',
  'INVITE sip:x@y SIP/2.0\r\nno colon\r\n\r\n',
  'INVITE sip:x@y SIP/2.0\r\nSub\nject: x\r\n\r\n',
  'INVITE sip:x@y\r\nTo: x\r\n\r\n',
  'INVITE  SIP/2.0\r\nTo: x\r\n\r\n',
  // What Unicode calls blank or the end of a line is so to drachtio-srf's expressions.
  'INVITE sip:x\u2028@y SIP/2.0\r\nX-API-Key: secret\r\n\r\n',
  'INVITE sip:x\u00a0@y SIP/2.0\r\nX-API-Key: secret\r\n\r\n',
  'INVITE sip:x\t@y SIP/2.0\r\nX-API-Key: secret\r\n\r\n',
  // drachtio-srf reads REFER and BYE here, which nobody else does.
  'REF%45R sip:x@y SIP/2.0\r\nX-API-Key: secret\r\n\r\n',
  'BY%45 sip:x@y SIP/2.0\r\nX-API-Key: secret\r\n\r\n',
  'INVITE sip:x@y SIP/2.0\r\nSub\u3000ject: x\r\nX-API-Key: secret\r\n\r\n',
])('what drachtio-srf would print instead of reading is refused: %j', (text) => {
  expect(classify(frame(text))).toEqual({
    kind: 'unreadable',
    transactionId: 'txn-1',
    wantsAnswer: true,
  })
})

test.each(['\u2028', '\u2029'])(
  'a response with a line separator in its phrase is left out',
  (text) => {
    const response = `SIP/2.0 486 Busy${text}Here\r\nTo: x\r\n\r\n`
    expect(classify(frame(response))).toMatchObject({ kind: 'unreadable', wantsAnswer: false })
  },
)

test('a UTF-8 phrase and a UTF-8 address are readable', () => {
  expect(classify(frame('SIP/2.0 486 Besetzt für\u00a0jetzt\r\nTo: x\r\n\r\n')).kind).toBe(
    'readable',
  )
  expect(classify(frame('INVITE sip:ü@y SIP/2.0\r\nTo: x\r\n\r\n')).kind).toBe('readable')
})

test('replies are none of our business', () => {
  expect(classify('id|response|x|OK').kind).toBe('readable')
  expect(classify('id|response|x|NOK|a|sip|b\r\nCANCEL x').kind).toBe('readable')
})

const inviteFields = 'id|sip|network|99|tls|192.0.2.1|5061|10:00:00.0|txn-1||10.0.0.1|5061'
const shown = 'ab'.repeat(32)

test('what a client certificate proves is read behind the field of the session token', () => {
  const invite = '\r\nINVITE sip:x@y SIP/2.0\r\nTo: x\r\n\r\n'
  expect(certificateOf(`${inviteFields}||${shown}|pbx.example${invite}`)).toEqual({
    fingerprint256: shown,
    verifiedName: 'pbx.example',
  })
  expect(certificateOf(`${inviteFields}||${shown}|${invite}`)?.verifiedName).toBeUndefined()
  expect(certificateOf(`${inviteFields}|${invite}`)).toBeUndefined()
})

test('nothing in a message can pass for a certificate', () => {
  for (const forged of [`||${shown}|evil.example`, `|${inviteFields}||${shown}|evil.example`]) {
    const invite = `\r\nINVITE sip:${forged}@y SIP/2.0\r\nX-Tollgate: ${forged}\r\n\r\n${forged}`
    expect(certificateOf(`${inviteFields}|${invite}`)).toBeUndefined()
  }
})
