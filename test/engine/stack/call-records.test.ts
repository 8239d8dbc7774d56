import { expect, test } from 'vitest'
import { bob, openProxyBench } from '../proxy/bench.ts'
import { answerTo, inDialog, invite, openBench } from './bench.ts'

/** The records that an app got: type, source, and role or reason, with the start of the message. */
function recordsOf(app: { frames: readonly { fields: readonly string[]; text: string }[] }) {
  return app.frames
    .filter(({ fields }) => fields[1]?.startsWith('cdr:'))
    .map(({ fields, text }) => {
      const [, type, source, , more] = fields
      return [type, source, more, text.slice(0, text.indexOf(' '))].filter(Boolean).join(' ')
    })
}

function open() {
  const bench = openBench({}, undefined, { cdrs: true })
  const app = bench.app('invite', 'cdr:attempt', 'cdr:start', 'cdr:stop')
  return { bench, app }
}

test('a call that is answered: attempt, start, stop by the BYE', () => {
  const { bench, app } = open()
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\nTo: <sip:b>;tag=us\n')
  bench.receive(inDialog('ACK', 1, 'us'))
  bench.receive(inDialog('BYE', 2, 'us'))
  expect(recordsOf(app)).toEqual([
    'cdr:attempt network INVITE',
    'cdr:start application uas SIP/2.0',
    'cdr:stop network normal-release BYE',
  ])
})

test('a call that is refused, and one that nobody answers: attempt and stop', () => {
  const { bench, app } = open()
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 403 No\n')
  bench.receive(invite('', { callId: 'call-2' }))
  bench.clock.advance(70_000)
  expect(recordsOf(app)).toEqual([
    'cdr:attempt network INVITE',
    'cdr:stop application call-rejected SIP/2.0',
    'cdr:attempt network INVITE',
    'cdr:stop application system-error-initiated-termination SIP/2.0',
  ])
})

test('a call that its caller cancels: the record is the INVITE', () => {
  const { bench, app } = open()
  bench.receive(invite())
  bench.receive(invite().replaceAll('INVITE', 'CANCEL'))
  expect(recordsOf(app)).toEqual([
    'cdr:attempt network INVITE',
    'cdr:stop network call-canceled INVITE',
  ])
})

test('a 2xx that is never ACKed ends in a record as well', () => {
  const { bench, app } = open()
  bench.receive(invite())
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  bench.clock.advance(33_000)
  expect(recordsOf(app).at(-1)).toBe('cdr:stop application system-error-initiated-termination BYE')
})

test('a call of our own: attempt, start, stop by our BYE; a cancelled one by the 487', () => {
  const { bench, app } = open()
  const place = () => {
    bench.sip(app, '|', `INVITE ${bob} SIP/2.0\n`)
    const request = bench.requests().at(-1)
    if (!request) throw new Error('nothing was sent')
    return request
  }
  bench.receive(answerTo(place(), 200), { port: 5080 })
  const dialogId = app.delivered('SIP/2.0 200')?.fields[9] ?? ''
  bench.sip(app, `|${dialogId}`, 'ACK sip:placeholder SIP/2.0\n')
  bench.sip(app, `|${dialogId}`, 'BYE sip:placeholder SIP/2.0\n')
  const second = place()
  bench.receive(answerTo(second, 180), { port: 5080 })
  bench.sip(app, `${app.delivered('SIP/2.0 180')?.fields[8]}|`, `CANCEL ${bob} SIP/2.0\n`)
  bench.receive(answerTo(second, 487), { port: 5080 })
  expect(recordsOf(app)).toEqual([
    'cdr:attempt application INVITE',
    'cdr:start network uac SIP/2.0',
    'cdr:stop application normal-release BYE',
    'cdr:attempt application INVITE',
    'cdr:stop network call-canceled SIP/2.0',
  ])
})

test('a proxied call has a record for either side, and each type goes round robin', () => {
  const bench = openProxyBench('', {}, { cdrs: true })
  const [first, second] = [bench.app, bench.app]
  bench.core.addRoute(first, 'cdr:attempt')
  bench.core.addRoute(second, 'cdr:start')
  const listener = bench.anotherApp('cdr:attempt', 'cdr:stop')
  bench.call({}, bob)
  bench.answer(5080, 486)
  expect(recordsOf(first)).toEqual(['cdr:attempt network INVITE'])
  expect(recordsOf(listener)).toEqual([
    'cdr:attempt application INVITE',
    'cdr:stop network call-rejected SIP/2.0',
    'cdr:stop application call-rejected SIP/2.0',
  ])
  bench.receive(invite('', { callId: 'call-2' }))
  bench.proxyAs(first, first.delivered('INVITE')?.fields[8] ?? '', {}, [bob])
  bench.answer(5080, 200)
  expect(recordsOf(second).slice(-2)).toEqual([
    'cdr:start network proxy-uac SIP/2.0',
    'cdr:start application proxy-uas SIP/2.0',
  ])
})

test('an engine that is not set to keep records sends none', () => {
  const bench = openBench()
  const app = bench.app('invite', 'cdr:attempt')
  bench.receive(invite())
  expect(recordsOf(app)).toEqual([])
})
