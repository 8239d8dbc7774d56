import { expect, test } from 'vitest'
import { passEarly } from '../../src/relay/early.ts'
import type { LegRequest } from '../../src/sip/leg-request.ts'
import type { Answer } from '../../src/sip/messages.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { countedRandom } from '../support/counted-random.ts'

/** What an UPDATE with these header fields hears before the call is answered, and whether it passed. */
function heard(...fields: readonly string[]) {
  return heardBy('UPDATE', ...fields)
}

function heardBy(method: string, ...fields: readonly string[]) {
  const answers: Answer[] = []
  const asked: string[] = []
  const raw = [`${method} sip:a@b SIP/2.0`, ...fields, '', ''].join('\r\n')
  const request: LegRequest = {
    method,
    message: new RawMessage(raw),
    respond: (answer) => void answers.push(answer),
    onCancelled: () => undefined,
    acknowledged: Promise.resolve(undefined),
  }
  const other = { request: (method: string) => void asked.push(method) }
  passEarly(request, other, countedRandom())
  return { status: answers[0]?.status, headers: answers[0]?.headers, asked }
}

test.each([
  ['Max-Forwards: 0', 483],
  ['Max-Forwards: none', 400],
  ['Require: precondition', 420],
])('a request before the answer with %s is answered %i and goes no further', (field, status) => {
  expect(heard(field)).toMatchObject({ status, asked: [] })
})

test('one that may pass is offered to the other side, and told to come again where that has no dialog', () => {
  expect(heard('Max-Forwards: 70')).toMatchObject({
    status: 500,
    headers: { 'Retry-After': expect.any(String) },
    asked: ['UPDATE'],
  })
})

test('what means something before the answer is offered to the other side, and nothing else is', () => {
  const all = ['UPDATE', 'INFO', 'MESSAGE', 'OPTIONS', 'NOTIFY', 'REFER', 'SUBSCRIBE', 'INVITE']
  const offered = all.flatMap((method) => heardBy(method, 'Max-Forwards: 70').asked)
  expect(offered).toEqual(['UPDATE', 'INFO', 'MESSAGE', 'OPTIONS', 'NOTIFY'])
})
