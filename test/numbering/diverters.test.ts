import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divertersOf } from '../../src/numbering/diverters.ts'

const called = { e164: '+13125550188', region: 'US', type: 'FIXED_LINE_OR_MOBILE' } as const
const [bob, carol] = ['+12025550123', '+14155550150']

function read(diversions: string[], histories: string[] = []): string[] {
  const headers = { diversions, histories }
  return divertersOf(headers, called, { homeRegion: 'US' }).map(({ e164 }) => e164)
}

test('RFC 5806: the latest diversion stands first, in one field or in several', () => {
  const one = `"B, ob" <sip:${bob}@x;user=phone>;reason=user-busy;counter=1`
  const two = `<tel:${carol}>;reason="no,answer"`
  expect(read([`${two}, ${one}`])).toEqual([bob, carol])
  expect(read([two, one])).toEqual([bob, carol])
  expect(read(['<sip:2025550123@pbx>'])).toEqual([bob])
})

test('RFC 7044: entries stand in order, the last one is where the call goes now', () => {
  const history = [
    `<sip:${bob}@x>;index=1`,
    `<sip:${bob}@10.0.0.1?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1, <sip:${carol}@x>;index=1.2;mp=1`,
    `<sip:${called.e164}@x>;index=1.2.1;mp=1.2`,
  ]
  expect(read([], history)).toEqual([bob, carol])
  expect(read([`<tel:${carol}>`], history)).toEqual([carol])
})

test.each([
  ['a name', ['<sip:alice@x>']],
  ['an emergency number', ['<sip:911@x>']],
  ['where the call goes', [`<tel:${called.e164}>`]],
  ['too many stops', Array.from({ length: 7 }, (_, n) => `<tel:+1202555010${n}>`)],
  ['a field that is too long', [`<tel:${bob}>;x=${'y'.repeat(3000)}`]],
  ['broken brackets', [`<sip:${bob}@x`]],
  ['nothing', ['']],
])('%s diverts nothing', (_, diversions) => {
  expect(read(diversions)).toEqual([])
})

test('no text makes it throw', () => {
  const piece = fc.oneof(
    fc.constantFrom('"', '<', '>', ',', '\\', 'sip:', '@', `<tel:${bob}>`),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), (diversions, histories) => {
      read([diversions.join('')], [histories.join('')])
    }),
  )
})
