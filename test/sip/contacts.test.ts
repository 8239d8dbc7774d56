import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askedOf } from '../../src/sip/contacts.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'

function asked(...fields: string[]) {
  return askedOf(new RawMessage(`REGISTER sip:gate SIP/2.0\r\n${fields.join('\r\n')}\r\n\r\n`))
}

test('no Contact asks which there are, and a star with Expires 0 takes them away', () => {
  expect(asked()).toEqual({ kind: 'list' })
  expect(asked('Contact: *', 'Expires: 0')).toEqual({ kind: 'clear' })
  const wrong = [
    ['Contact: *'],
    ['Contact: *', 'Expires: 1'],
    ['m: *', 'm: <sip:a@b>', 'Expires: 0'],
  ]
  for (const fields of wrong) expect(asked(...fields)).toEqual({ kind: 'malformed' })
})

test('each Contact has its own time, else that of Expires', () => {
  const fields = [
    'Contact: "A, B" <sip:a@h1;x=y>;q=1;expires=90, <sip:b@h2:5062>',
    'm: sip:c@[::1];expires=0',
  ]
  expect(asked(...fields, 'Expires: 600')).toEqual({
    kind: 'bind',
    contacts: [
      { uri: 'sip:a@h1;x=y', host: 'h1', expiresS: 90 },
      { uri: 'sip:b@h2:5062', host: 'h2', expiresS: 600 },
      { uri: 'sip:c@[::1]', host: '::1', expiresS: 0 },
    ],
  })
  expect(asked('Contact: <sip:h>')).toMatchObject({ contacts: [{ expiresS: undefined }] })
})

test.each([
  'Contact: <sip:a@h;maddr=203.0.113.10>',
  'Contact: <sip:a@h?Route=%3Csip:x%3E>',
  'Contact: <tel:+12025550123>',
  'Contact: <sip:a@h> <sip:b@h>',
  'Contact: <sip:a@203.0.113.10@h>',
  'Contact: <>',
  'Contact: ,',
  `Contact: <sip:${'a'.repeat(600)}@h>`,
  'Contact: <sip:a@h>, <sip:b@h>, <sip:c@h>, <sip:d@h>, <sip:e@h>',
])('%s is nothing that can be called', (field) => {
  expect(asked(field)).toEqual({ kind: 'malformed' })
})

test('whatever comes, a Contact that is taken is one line and names one host', () => {
  const piece = fc.oneof(fc.string(), fc.stringMatching(/^[<>",;:@sip=a1. *\\]*$/))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 3 }), (values) => {
      const came = asked(...values.map((value) => `Contact: ${value}`))
      if (came.kind !== 'bind') return
      for (const { uri, host } of came.contacts) {
        expect(uri).toMatch(/^sips?:[^\s<>"]+$/i)
        expect(host).toMatch(/^[0-9a-z.:-]+$/)
      }
    }),
  )
})
