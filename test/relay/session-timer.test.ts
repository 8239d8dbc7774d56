import { expect, test } from 'vitest'
import { sessionAnswer } from '../../src/relay/session-timer.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'

function answerTo(...fields: readonly string[]) {
  const raw = ['INVITE sip:a@b SIP/2.0', ...fields, '', ''].join('\r\n')
  return sessionAnswer(new RawMessage(raw), 1800)
}

// RFC 3261 7.3.1: tokens are the same in whatever case.
test.each(['timer', 'Timer'])('a caller that supports %s refreshes the session itself', (tag) => {
  expect(answerTo('Session-Expires: 600', `Supported: ${tag}`)).toEqual({
    'Session-Expires': '600;refresher=uac',
    Require: 'timer',
  })
})

test('for one that does not we refresh it', () => {
  expect(answerTo('Session-Expires: 600')).toEqual({ 'Session-Expires': '600;refresher=uas' })
})

test('no session has a shorter interval than the standard allows', () => {
  expect(answerTo('Session-Expires: 10')).toEqual({ 'Session-Expires': '90;refresher=uas' })
})

test('where nobody asks for a timer we keep one of our own, no shorter than the caller allows', () => {
  expect(answerTo()).toEqual({ 'Session-Expires': '1800;refresher=uas' })
  expect(answerTo('Min-SE: 3600')).toEqual({ 'Session-Expires': '3600;refresher=uas' })
})
