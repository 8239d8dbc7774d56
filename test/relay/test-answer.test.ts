import fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentAnswer, silentOffer, testPlan } from '../../src/relay/test-answer.ts'

const offer = [
  ...['v=0', 'o=a 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'],
  ...['m=audio 4000 RTP/AVP 0 101', 'a=rtpmap:0 PCMU/8000', 'a=fmtp:101 0-16', 'a=sendrecv'],
  ...['m=video 4002 RTP/AVP 97', 'a=rtpmap:97 H264/90000'],
  ...['m=audio 4004 RTP/AVP 8', ''],
].join('\r\n')

test('the answer takes the first audio with its codecs, inactive, and declines the rest in order', () => {
  const lines = silentAnswer(offer, 1)?.split('\r\n') ?? []
  expect(lines.filter((line) => line.startsWith('m='))).toEqual([
    'm=audio 9 RTP/AVP 0 101',
    'm=video 0 RTP/AVP 97',
    'm=audio 0 RTP/AVP 8',
  ])
  expect(lines).toContain('a=rtpmap:0 PCMU/8000')
  expect(lines).toContain('a=fmtp:101 0-16')
  expect(lines).not.toContain('a=rtpmap:97 H264/90000')
  expect(lines.filter((line) => /^a=(inactive|sendrecv)/.test(line))).toEqual(['a=inactive'])
})

test.each([
  ['no audio', offer.replaceAll('m=audio', 'm=image')],
  ['audio that must be encrypted', offer.replaceAll('RTP/AVP', 'RTP/SAVP')],
  ['no stream at all', 'v=0\r\n'],
  ['no codec', 'v=0\r\nm=audio 4000 RTP/AVP\r\n'],
])('an offer with %s is not taken', (_, text) => {
  expect(silentAnswer(text, 1)).toBeUndefined()
})

test('no offer makes the answer throw, or have another number of streams', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('m=audio 1 RTP/AVP 0', 'm=', 'a=rtpmap:', 'm=audio'),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 50 }), (lines) => {
      const text = lines.join('\r\n')
      const streams = text.split(/\r\n|\r|\n/).filter((each) => each.startsWith('m=')).length
      const answer = silentAnswer(text, 1)
      if (answer) expect(answer.match(/^m=/gm)).toHaveLength(streams)
    }),
  )
})

test('RFC 8866 5: answer and offer begin with what every description has, in its order', () => {
  for (const text of [silentAnswer(offer, 7), silentOffer(7)]) {
    const lines = text?.split('\r\n') ?? []
    expect(lines.slice(0, 5)).toEqual([
      ...['v=0', expect.stringMatching(/^o=\S+ \d+ 7 IN IP4 \S+$/), 's=-'],
      ...[expect.stringMatching(/^c=IN IP4 \S+$/), 't=0 0'],
    ])
  }
})

test('without an offer one is made', () => {
  expect(silentOffer(1)).toContain('m=audio 9 RTP/AVP 0 8\r\na=inactive\r\n')
})

test('the last digits of the number say what becomes of the call', () => {
  expect(testPlan('+12125550123')).toEqual({ kind: 'answer' })
  expect(testPlan('+12125550486')).toMatchObject({ kind: 'refuse', status: 486, rings: true })
  expect(testPlan('+12125550404')).toMatchObject({ kind: 'refuse', status: 404, rings: false })
  expect(testPlan('+12125550408')).toEqual({ kind: 'never' })
  expect(testPlan('911')).toEqual({ kind: 'answer' })
})
