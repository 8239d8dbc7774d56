import { expect, test } from 'vitest'
import { answerText, messageText, SipText, tagOf, uriOf, userOf } from '../../src/demo/sip-text.ts'

const invite = new SipText(
  messageText({
    start: 'INVITE sip:+12125550123@h SIP/2.0',
    headers: [
      ['Via', 'SIP/2.0/UDP a;branch=z9hG4bK1'],
      ['via', 'SIP/2.0/UDP b;branch=z9hG4bK2'],
      ['From', '"A; tag=no" <sip:a@b>;tag=1'],
      ['To', '<sip:c@d>'],
      ['Call-ID', 'x'],
      ['CSeq', '7 INVITE'],
      ['Subject', 'one\r\n two'],
    ],
    body: 'v=0é',
  }),
)

test('a message is read as it was written', () => {
  expect(invite.method).toBe('INVITE')
  expect(invite.status).toBeUndefined()
  expect(invite.requestUri).toBe('sip:+12125550123@h')
  expect(invite.all('VIA')).toEqual([
    'SIP/2.0/UDP a;branch=z9hG4bK1',
    'SIP/2.0/UDP b;branch=z9hG4bK2',
  ])
  expect(invite.first('Content-Length')).toBe('5')
  expect(invite.first('Subject')).toBe('one two')
  expect(invite.cseqMethod).toBe('INVITE')
  expect(invite.cseqNumber).toBe(7)
  expect(invite.body).toBe('v=0é')
})

test('an answer copies what identifies the request, and adds a tag to To', () => {
  const answer = new SipText(answerText(invite, '180 Ringing', { toTag: '9' }))
  expect(answer.status).toBe(180)
  expect(answer.phrase).toBe('Ringing')
  expect(answer.all('Via')).toEqual(invite.all('Via'))
  expect(answer.first('To')).toBe('<sip:c@d>;tag=9')
})

test('addresses are taken apart', () => {
  expect(uriOf('"A" <sip:a@b;x=1>;tag=2')).toBe('sip:a@b;x=1')
  expect(uriOf('sip:a@b;tag=2')).toBe('sip:a@b')
  expect(tagOf('<sip:a@b>;TAG=xyz')).toBe('xyz')
  expect(tagOf('<sip:a@b>')).toBe('')
  expect(tagOf(invite.first('From'))).toBe('1')
  expect(userOf('tel:+12125550123')).toBe('+12125550123')
})
