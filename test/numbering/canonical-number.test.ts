import fc from 'fast-check'
import { getCountries, getExampleNumber } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { expect, test } from 'vitest'
import { canonicalNumber, isEmergency } from '../../src/numbering/canonical-number.ts'

/** `+E.164 region type` of the number, or the refusal. */
function read(uri: string, homeRegion = 'US'): string {
  const result = canonicalNumber(uri, { homeRegion })
  if (!result.ok) return result.reason
  const { number } = result
  if (isEmergency(number)) return `emergency ${number.dialled} ${number.region}`
  return `${number.e164} ${number.region} ${number.type}`
}

const washington = '+12025550123 US FIXED_LINE_OR_MOBILE'

test.each([
  'sip:+12025550123@gate.example',
  'SIP:+12025550123@gate.example',
  'sips:+12025550123@gate.example:5061;transport=tls',
  'sip:+12025550123@[2001:db8::1]:5060;user=phone',
  'sip:+12025550123@192.0.2.1;USER=PHONE;lr',
  'sip:%2B12025550123@gate.example',
  'sip:%2b12025550123@gate.example',
  'sip:+1-202-555-0123@gate.example;user=phone',
  'sip:+12025550123;npdi;rn=+12025550100@gate.example',
  'sip:12025550123@gate.example',
  'sip:2025550123@gate.example',
  'sip:01112025550123@gate.example',
  'tel:+12025550123',
  'TEL:+1-202-555.01(23)',
  'tel:2025550123;phone-context=+1',
  'tel:+12025550123;verstat=TN-Validation-Passed',
])('%s is one and the same number', (uri) => {
  expect(read(uri)).toBe(washington)
})

test.each([
  ...['npdi', 'rn=+12025550100', 'rn-context=+1', 'cic=+12025', 'cic-context=+1', 'tgrp=a'],
  ...[
    'trunk-context=example.com',
    'verstat=TN-Validation-Passed',
    'cpc=ordinary',
    'oli=00',
    'isup-oli=62',
  ],
])('%s does not change who is called', (param) => {
  expect(read(`tel:+12025550123;${param}`)).toBe(washington)
  expect(read(`sip:+12025550123;${param.toUpperCase()}@gate.example`)).toBe(washington)
})

test.each([
  ['no user', 'sip:gate.example'],
  ['an empty user', 'sip:@gate.example'],
  ['a user that is no number', 'sip:alice@gate.example'],
  ['a password', 'sip:+12025550123:secret@gate.example'],
  ['an empty password', 'sip:+12025550123:@gate.example'],
  ['a password behind a parameter', 'sip:+12025550123;rn=1:secret@gate.example'],
  ['two at signs', 'sip:+12025550123@a@gate.example'],
  ['an escaped digit', 'sip:+1202555012%33@gate.example'],
  ['an escaped at sign', 'sip:+12025550123%40evil@gate.example'],
  ['a plus escaped twice', 'sip:%252B12025550123@gate.example'],
  ['an escaped plus in the middle', 'sip:1%2B2025550123@gate.example'],
  ['an escaped null', 'sip:+12025550123%00@gate.example'],
  ['full-width digits', 'sip:+１２０２５５５０１２３@gate.example'],
  ['Arabic digits', 'sip:+١٢٠٢٥٥٥٠١٢٣@gate.example'],
  ['separators without saying phone', 'sip:+1(202)5550123@gate.example'],
  ['a space', 'sip:+1 2025550123@gate.example'],
  ['a space in tel', 'tel:+1 202 555 0123'],
  ['two plus signs', 'sip:++12025550123@gate.example'],
  ['a plus inside', 'tel:+1202+5550123'],
  ['a star', 'sip:*67@gate.example'],
  ['a hash', 'sip:+12025550123#@gate.example'],
  ['letters', 'tel:+1-800-FLOWERS'],
  ['user=ip', 'sip:+12025550123@gate.example;user=ip'],
  ['user=dialstring', 'sip:+12025550123@gate.example;user=dialstring'],
  ['user twice', 'sip:+12025550123@gate.example;user=phone;user=ip'],
  ['headers', 'sip:+12025550123@gate.example?Replaces=x'],
  ['no host', 'sip:+12025550123@'],
  ['a strange host', 'sip:+12025550123@ga te'],
  ['an extension', 'tel:+12025550123;ext=5'],
  ['a subaddress', 'tel:+12025550123;isub=1234'],
  ['dialling after answer', 'tel:+12025550123;postd=pp22'],
  ['a mandatory extension', 'tel:+12025550123;m-x=1'],
  ['a context on a global number', 'tel:+12025550123;phone-context=+1'],
  ['a context elsewhere', 'tel:2025550123;phone-context=+44'],
  ['a longer context', 'tel:5550123;phone-context=+1202'],
  ['a private context', 'tel:2025550123;phone-context=example.com'],
  ['the context twice', 'tel:2025550123;phone-context=+1;phone-context=+1'],
  ['a parameter twice', 'tel:+12025550123;npdi;npdi'],
  ['no digits', 'tel:+'],
  ['nothing', ''],
  ['no scheme', '+12025550123'],
  ['25 digits', 'sip:+1234567890123456789012345@gate.example'],
  ['a very long URI', `sip:+12025550123@${'a'.repeat(600)}`],
])('%s makes it malformed', (_, uri) => {
  expect(read(uri)).toBe('number_malformed')
})

test.each(['mailto:a@b.example', 'urn:service:sos', 'http://x@y/', 'im:+12025550123@x'])(
  '%s is of no scheme that we call',
  (uri) => {
    expect(read(uri)).toBe('uri_scheme_unsupported')
  },
)

test.each([
  ['sip:5550123@x', 'number_incomplete'],
  ['sip:+1202555@x', 'number_incomplete'],
  ['sip:+1@x', 'number_incomplete'],
  ['sip:411@x', 'number_incomplete'],
  ['sip:+9991234567@x', 'number_invalid'],
  ['sip:+19765551234@x', 'number_invalid'],
  ['sip:+12025550123456@x', 'number_invalid'],
  ['sip:+11111111111@x', 'number_invalid'],
])('%s is refused with %s', (uri, reason) => {
  expect(read(uri)).toBe(reason)
})

test.each([
  ['+18765551234', 'JM MOBILE'],
  ['+18095551234', 'DO FIXED_LINE_OR_MOBILE'],
  ['+12423591234', 'BS MOBILE'],
  ['+14165550123', 'CA FIXED_LINE_OR_MOBILE'],
  ['+19005551234', 'US PREMIUM_RATE'],
  ['+18004411234', 'US TOLL_FREE'],
  ['+447624123456', 'IM MOBILE'],
  ['+447011234567', 'GB PERSONAL_NUMBER'],
  ['+448712345678', 'GB PREMIUM_RATE'],
  ['+881612345678', '001 SATELLITE'],
  ['+870773123456', '001 SATELLITE'],
  ['+8821612345678', '001 SATELLITE'],
  ['+88213003456', '001 SATELLITE'],
  ['+883510000000', '001 INTERNATIONAL_NETWORK'],
  ['+878101234567890', '001 PERSONAL_NUMBER'],
  ['+80812345678', '001 SHARED_COST'],
  ['+88812345678900', '001 INTERNATIONAL_NETWORK'],
  ['+16007001234', 'CA SATELLITE'],
  ['+15005550100', 'US PERSONAL_NUMBER'],
  ['+24762890', 'AC FIXED_LINE'],
  ['+2463701234', 'IO FIXED_LINE'],
  ['+979123456789', '001 PREMIUM_RATE'],
  ['+80012345678', '001 TOLL_FREE'],
  ['+390612345678', 'IT FIXED_LINE'],
])('%s is of its own region and type, not of its calling code', (e164, rest) => {
  expect(read(`sip:${e164}@x`)).toBe(`${e164} ${rest}`)
})

test.each([
  ['GB', '00442079460000', '+442079460000 GB FIXED_LINE'],
  ['GB', '02079460000', '+442079460000 GB FIXED_LINE'],
  ['US', '011442079460000', '+442079460000 GB FIXED_LINE'],
  ['US', '00442079460000', 'number_invalid'],
  ['AU', '0011442079460000', '+442079460000 GB FIXED_LINE'],
  ['FR', '0612345678', '+33612345678 FR MOBILE'],
  ['ZZ', '+442079460000', '+442079460000 GB FIXED_LINE'],
  ['ZZ', '02079460000', 'number_invalid'],
  ['constructor', '02079460000', 'number_invalid'],
])('from %s, %s means %s', (homeRegion, digits, expected) => {
  expect(read(`sip:${digits}@x`, homeRegion)).toBe(expected)
})

test.each([
  ['US', '911'],
  ['US', '112'],
  ['CA', '911'],
  ['GB', '999'],
  ['GB', '112'],
  ['DE', '112'],
  ['DE', '110'],
  ['FR', '15'],
  ['AU', '000'],
  ['IN', '112'],
  ['ZA', '10111'],
])('in %s %s is an emergency number', (homeRegion, digits) => {
  expect(read(`sip:${digits}@x`, homeRegion)).toBe(`emergency ${digits} ${homeRegion}`)
  expect(read(`tel:${digits}`, homeRegion)).toBe(`emergency ${digits} ${homeRegion}`)
})

test.each([
  ['US', '9116666666'],
  ['US', '+911'],
  ['US', '+1911'],
  ['US', '1911'],
  ['US', '0911'],
  ['US', '911911'],
  ['US', '91'],
  ['US', '999'],
  ['US', '933'],
  ['US', '988'],
  ['GB', '911'],
  ['GB', '9991'],
  ['ZZ', '112'],
])('in %s %s is none: only an exact match is', (homeRegion, digits) => {
  expect(read(`sip:${digits}@x`, homeRegion)).not.toContain('emergency')
})

test('no text whatever gives anything but a refusal or one canonical number', () => {
  const piece = fc.oneof(
    fc.constantFrom('sip:', 'tel:', '+', '%2B', '@', ';', '=', '1', '900', '911', '202', ':', '-'),
    fc.constantFrom('phone-context', 'user=phone', 'ext', '5550123', 'x', '?', '%', '<', '\0'),
    fc.string({ maxLength: 4, unit: 'binary' }),
  )
  const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, (uri) => {
      const result = canonicalNumber(uri, { homeRegion: 'US' })
      if (!result.ok) return
      if (isEmergency(result.number)) expect(['911', '112']).toContain(result.number.dialled)
      else expect(result.number.e164).toMatch(/^\+[1-9][0-9]{6,14}$/)
    }),
    { numRuns: 2000 },
  )
})

test('the canonical form of every region is canonical: read again it is itself', () => {
  let seen = 0
  for (const region of getCountries()) {
    const example = getExampleNumber(region, examples)
    if (!example?.isValid()) continue
    const once = canonicalNumber(`sip:${example.nationalNumber}@x`, { homeRegion: region })
    const e164 = canonicalNumber(`sip:${example.number}@x`, { homeRegion: region })
    expect(e164.ok).toBe(true)
    if (!e164.ok || isEmergency(e164.number)) continue
    expect(read(`tel:${e164.number.e164}`, 'US')).toContain(`${e164.number.e164} `)
    if (once.ok) expect(once).toEqual(e164)
    seen++
  }
  expect(seen).toBeGreaterThan(200)
})

test('the exchange 976, which costs the caller extra in North America, is premium', () => {
  const typeOf = (number: string) => canonicalNumber(`tel:${number}`, { homeRegion: 'US' })
  expect(typeOf('+12129761234')).toMatchObject({ number: { type: 'PREMIUM_RATE' } })
  expect(typeOf('+14169761234')).toMatchObject({ number: { region: 'CA', type: 'PREMIUM_RATE' } })
  // Toll-free numbers and other countries of the plan have ordinary numbers there.
  expect(typeOf('+18009761234')).toMatchObject({ number: { type: 'TOLL_FREE' } })
  expect(typeOf('+18769761234')).not.toMatchObject({ number: { type: 'PREMIUM_RATE' } })
})
