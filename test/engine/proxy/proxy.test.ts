import { expect, test } from 'vitest'
import { allHeaders } from '../../../src/engine/message/headers.ts'
import { header, invite } from '../stack/bench.ts'
import { bob, carol, openProxyBench } from './bench.ts'

test('a copy goes to the target with a Via more, a hop less, and the breadth that is left', () => {
  const bench = openProxyBench('X-One: 1\nRoute: <sip:198.51.100.9;lr>\n')
  bench.call(
    {
      headers: [
        { name: 'X-Two', value: '2' },
        { name: 'From', value: 'x' },
      ],
    },
    bob,
  )
  const [copy] = bench.sentTo(5080)
  expect(copy?.uri).toBe(bob)
  expect(copy && allHeaders(copy, 'Via')).toHaveLength(2)
  expect(header(copy, 'Max-Forwards')).toBe('69')
  expect(header(copy, 'Max-Breadth')).toBe('60')
  expect(header(copy, 'X-One')).toBe('1')
  expect(header(copy, 'X-Two')).toBe('2')
  expect(copy && allHeaders(copy, 'From')).toHaveLength(1)
  expect(copy && allHeaders(copy, 'Route')).toEqual([])
  expect(header(copy, 'Record-Route')).toBe('')
})

test('answers come back without our Via; the app hears of the final one and that it is done', () => {
  const bench = openProxyBench()
  const frame = bench.call({}, bob)
  bench.answer(5080, 180)
  bench.answer(5080, 200)
  expect(bench.statuses()).toEqual([100, 180, 200])
  const ok = bench.responses().at(-1)
  expect(ok && allHeaders(ok, 'Via')).toHaveLength(1)
  expect(bench.verdicts(frame)).toEqual(['OK continue', 'OK done'])
  expect(bench.app.replies(frame)[0]?.fields.slice(4, 12)).toEqual([
    'network',
    expect.any(String),
    'udp',
    '127.0.0.1',
    '5080',
    '12:00:00.000000',
    '',
    '',
  ])
  expect(bench.running.forwarded().requests).toBe(0)
})

test('without fullResponse the app hears one word, right after the request has left', () => {
  const bench = openProxyBench()
  const frame = bench.call({ full: false }, bob)
  expect(bench.verdicts(frame)).toEqual(['OK done'])
  bench.answer(5080, 486)
  expect(bench.verdicts(frame)).toEqual(['OK done'])
  expect(bench.statuses().at(-1)).toBe(486)
})

test('serial: the next target is tried when one has refused, and the ACK is ours', () => {
  const bench = openProxyBench()
  const frame = bench.call({}, bob, carol)
  expect(bench.sentTo(5081)).toEqual([])
  bench.answer(5080, 486)
  expect(bench.sentTo(5080, 'ACK')).toHaveLength(1)
  expect(bench.statuses()).toEqual([100])
  bench.answer(5081, 200)
  expect(bench.statuses()).toEqual([100, 200])
  expect(bench.verdicts(frame)).toEqual(['OK continue', 'OK continue', 'OK done'])
})

test('simultaneous: who accepts first has the call, the others get CANCEL', () => {
  const bench = openProxyBench()
  bench.call({ simultaneous: true }, bob, carol)
  bench.answer(5080, 180)
  bench.answer(5081, 180)
  bench.answer(5081, 200)
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  expect(bench.sentTo(5081, 'CANCEL')).toEqual([])
  bench.answer(5080, 487)
  expect(bench.statuses()).toEqual([100, 180, 180, 200])
})

test('simultaneous copies share the breadth of the request, RFC 5393 5.3.3', () => {
  const bench = openProxyBench('Max-Breadth: 5\n')
  bench.call({ simultaneous: true }, bob, carol)
  expect(header(bench.sentTo(5080)[0], 'Max-Breadth')).toBe('2')
  expect(header(bench.sentTo(5081)[0], 'Max-Breadth')).toBe('3')
})

test('what the breadth does not allow at once is tried one after the other', () => {
  const bench = openProxyBench('Max-Breadth: 1\n')
  bench.call({ simultaneous: true }, bob, carol)
  expect(bench.sentTo(5080)).toHaveLength(1)
  expect(bench.sentTo(5081)).toEqual([])
  bench.answer(5080, 486)
  expect(bench.sentTo(5081)).toHaveLength(1)
})

test('all refuse: a 6xx before all others, and no target is tried after it', () => {
  const bench = openProxyBench()
  bench.call({}, bob, carol)
  bench.answer(5080, 603)
  expect(bench.sentTo(5081)).toEqual([])
  expect(bench.statuses()).toEqual([100, 603])
})

test('a 6xx has the targets that still ring cancelled, and waits for them', () => {
  const bench = openProxyBench()
  bench.call({ simultaneous: true }, bob, carol)
  bench.answer(5080, 180)
  bench.answer(5081, 603)
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  expect(bench.statuses()).toEqual([100, 180])
  bench.answer(5080, 487)
  expect(bench.statuses()).toEqual([100, 180, 603])
})

test('a challenge ends the search, and credentials go to the target that has asked', () => {
  const bench = openProxyBench()
  bench.call({}, bob, carol)
  bench.answer(5080, 486)
  const challenge = 'Proxy-Authenticate: Digest realm="r", nonce="n0nce"\n'
  bench.answer(5081, 407, { headers: challenge })
  expect(bench.statuses()).toEqual([100, 407])
  bench.take()
  const credentials = 'Proxy-Authorization: Digest username="a", nonce="n0nce"\n'
  bench.receive(invite(credentials, { cseq: 2 }))
  const id = bench.app.delivered('INVITE')?.fields[8] ?? ''
  bench.proxyAs(bench.app, id, {}, [bob, carol])
  expect(bench.sentTo(5080)).toEqual([])
  expect(bench.sentTo(5081)).toHaveLength(1)
})

test('a silent target is given up after the provisional timeout, and its late answer is heard', () => {
  const bench = openProxyBench()
  bench.call({ provisional: '1s' }, bob, carol)
  bench.clock.advance(1_000)
  expect(bench.sentTo(5081)).toHaveLength(1)
  bench.answer(5080, 180)
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  expect(bench.statuses()).toEqual([100])
  bench.answer(5080, 200)
  expect(bench.statuses()).toEqual([100, 200])
})

test('a target that rings too long is cancelled after the final timeout', () => {
  const bench = openProxyBench()
  bench.call({ final: '500ms' }, bob, carol)
  bench.answer(5080, 180)
  bench.clock.advance(500)
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  expect(bench.sentTo(5081)).toHaveLength(1)
})

test('timer C ends what rings for ever, and a further 18x starts it anew', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.answer(5080, 180)
  bench.clock.advance(184_000)
  bench.answer(5080, 180)
  bench.clock.advance(184_000)
  expect(bench.sentTo(5080, 'CANCEL')).toEqual([])
  bench.clock.advance(1_000)
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  expect(bench.statuses().at(-1)).toBe(408)
})

test('a redirection is followed where the app wants it, each target once', () => {
  const bench = openProxyBench()
  const contact = `<${bob}>, <${carol}?Subject=x>;q=0.5, <tel:+15550100>`
  bench.call({ follow: true }, bob)
  bench.answer(5080, 302, { contact })
  expect(bench.sentTo(5080)).toHaveLength(1)
  expect(bench.sentTo(5081)[0]?.uri).toBe(carol)
  bench.answer(5081, 302, { contact })
  expect(bench.statuses()).toEqual([100, 302])
})

test('a redirection is passed on where the app does not', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.answer(5080, 302, { contact: `<${carol}>` })
  expect(bench.statuses()).toEqual([100, 302])
})

test.each([
  ['no hop left', 'Max-Forwards: 0\n', 483, /^Rejected with 483 Too Many Hops due to/],
  ['no breadth left', 'Max-Breadth: 0\n', 440, /^Rejected with 440/],
])('%s: refused, and nothing is forwarded', (_what, more, status, why) => {
  const bench = openProxyBench(more)
  const request = invite(more)
  const once = more.startsWith('Max-F') ? request.replace('Max-Forwards: 70\n', '') : request
  bench.receive(once)
  const id = bench.app.delivered('INVITE')?.fields[8] ?? ''
  const frame = bench.proxyAs(bench.app, id, {}, [bob])
  expect(bench.statuses()).toEqual([100, status])
  expect(bench.sentTo(5080)).toEqual([])
  const [reply] = bench.app.replies(frame)
  expect(reply?.fields[3]).toBe('NOK')
  expect(reply?.fields[4]).toMatch(why)
})

test('a request that has come back the same is a loop, and one with another target is not', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  const via = header(bench.sentTo(5080)[0], 'Via')
  bench.answer(5080, 486)
  bench.clock.advance(60_000)
  const again = (uri: string) =>
    invite('', { branch: `z9hG4bK-${uri}` })
      .replace('sip:bob@127.0.0.1:5060 SIP', `${uri} SIP`)
      .replace('Max-Forwards', `Via: ${via}\nMax-Forwards`)
  bench.receive(again('sip:bob@127.0.0.1:5060'))
  const looped = bench.app.delivered('INVITE')?.fields[8] ?? ''
  const frame = bench.proxyAs(bench.app, looped, {}, [bob])
  expect(bench.statuses().at(-1)).toBe(482)
  expect(bench.app.replies(frame)[0]?.fields.slice(3)).toEqual([
    'NOK',
    'Rejected with 482 Loop Detected',
  ])
  bench.clock.advance(60_000)
  bench.receive(again('sip:robert@127.0.0.1:5060'))
  const spiral = bench.app.delivered('INVITE')?.fields[8] ?? ''
  bench.proxyAs(bench.app, spiral, {}, [bob])
  expect(bench.sentTo(5080)).toHaveLength(2)
})

test.each([
  ['one we speak no transport to', 'sip:bob@127.0.0.1:5080;transport=sctp'],
  ['none at all', ''],
  ['ourselves', 'sip:bob@127.0.0.1:5060'],
])('no usable target (%s): 500 and a NOK', (_what, target) => {
  const bench = openProxyBench()
  const frame = bench.call({}, target)
  expect(bench.statuses()).toEqual([100, 500])
  expect(bench.app.replies(frame).map(({ fields }) => fields.slice(3))).toEqual([
    ['NOK', 'error proxying request to '],
  ])
})

test('a target that cannot be reached is a 503 of its own, which the caller hears as a 500', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.failLast()
  expect(bench.statuses()).toEqual([100, 500])
})

test('an unknown id, or one of another app, is refused', () => {
  const bench = openProxyBench()
  bench.receive(invite())
  const id = bench.app.delivered('INVITE')?.fields[8] ?? ''
  const stranger = bench.anotherApp()
  const frame = bench.proxyAs(stranger, id, {}, [bob])
  expect(stranger.frames.at(-1)?.fields.slice(2)).toEqual([
    frame,
    'NOK',
    `Unknown transaction id: ${id}`,
  ])
  expect(bench.sentTo(5080)).toEqual([])
})

test('a caller who hangs up hears what the ringing target says of it, and the app no CANCEL', () => {
  const bench = openProxyBench()
  const frame = bench.call({}, bob, carol)
  bench.answer(5080, 180)
  bench.receive(invite().replaceAll('INVITE', 'CANCEL'))
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  bench.answer(5080, 487)
  expect(bench.statuses()).toEqual([100, 180, 200, 487])
  expect(bench.sentTo(5081)).toEqual([])
  expect(bench.app.deliveries('CANCEL')).toEqual([])
  expect(bench.verdicts(frame)).toEqual(['OK continue', 'OK done'])
})

test('a caller who hangs up before a target has said anything gets 487 at once', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.receive(invite().replaceAll('INVITE', 'CANCEL'))
  expect(bench.statuses()).toEqual([100, 200, 487])
  bench.answer(5080, 180)
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
})

test('a target that accepts although it was cancelled has the call', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.answer(5080, 180)
  bench.receive(invite().replaceAll('INVITE', 'CANCEL'))
  bench.answer(5080, 200)
  expect(bench.statuses()).toEqual([100, 180, 200, 200])
})

test('a call that was cancelled before the app had decided is not forwarded', () => {
  const bench = openProxyBench()
  bench.receive(invite())
  const id = bench.app.delivered('INVITE')?.fields[8] ?? ''
  bench.receive(invite().replaceAll('INVITE', 'CANCEL'))
  const frame = bench.proxyAs(bench.app, id, {}, [bob])
  expect(bench.app.replies(frame)[0]?.fields[4]).toBe(`Unknown transaction id: ${id}`)
  expect(bench.sentTo(5080)).toEqual([])
})

test('a request that is proxied does not count as one that an app has yet to hear of', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  expect(bench.running.unheard()).toBe(0)
  expect(bench.running.sizes().inbound).toBe(0)
})

test('an app that goes leaves its proxied calls to go on', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.drop(bench.app)
  bench.answer(5080, 200)
  expect(bench.statuses()).toEqual([100, 200])
})

test('every 2xx is passed on, and again when it comes again', () => {
  const bench = openProxyBench()
  bench.call({ simultaneous: true }, bob, carol)
  bench.answer(5080, 200)
  bench.answer(5080, 200)
  bench.answer(5081, 200)
  expect(bench.statuses()).toEqual([100, 200, 200, 200])
})

test('no answer at all: 408, but not to a sender who has given up by then', () => {
  const bench = openProxyBench()
  bench.call({}, bob)
  bench.clock.advance(32_000)
  expect(bench.statuses()).toEqual([100, 408])
  const app = bench.app
  bench.core.addRoute(app, 'message')
  bench.take()
  bench.receive(invite('', { callId: 'm' }).replaceAll('INVITE', 'MESSAGE'))
  bench.proxyAs(app, app.delivered('MESSAGE')?.fields[8] ?? '', {}, [bob])
  bench.clock.advance(32_000)
  expect(bench.responses().filter((one) => header(one, 'CSeq').endsWith('MESSAGE'))).toEqual([])
  expect(bench.running.forwarded().requests).toBe(0)
})

test('a registration that stays remembers its way by Path', () => {
  const bench = openProxyBench()
  bench.core.addRoute(bench.app, 'register')
  bench.receive(invite('', { callId: 'r' }).replaceAll('INVITE', 'REGISTER'))
  const id = bench.app.delivered('REGISTER')?.fields[8] ?? ''
  bench.proxyAs(bench.app, id, { remain: true }, [bob])
  const [copy] = bench.sentTo(5080, 'REGISTER')
  expect(header(copy, 'Path')).toBe('<sip:127.0.0.1:5060;lr>')
  expect(header(copy, 'Require')).toBe('path')
  expect(header(copy, 'Record-Route')).toBe('')
})
