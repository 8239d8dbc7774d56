import { expect, test } from 'vitest'
import { answerTo, header, inDialog } from '../stack/bench.ts'
import { bob, openProxyBench } from './bench.ts'

const route = 'Route: <sip:127.0.0.1:5060;lr>\n'

/** A request of the caller's in the dialog that bob has accepted. */
const later = (method: string, cseq: number, more = route) =>
  inDialog(method, cseq, 't5080', more).replace('sip:127.0.0.1:5060 SIP', `${bob} SIP`)

function accepted(limits = {}) {
  const bench = openProxyBench('', limits)
  bench.call({ remain: true }, bob)
  const [copy] = bench.sentTo(5080)
  bench.answer(5080, 200)
  return { bench, copy }
}

test('a copy names us in Record-Route, and once more where it leaves by another socket', () => {
  const { copy } = accepted()
  expect(header(copy, 'Record-Route')).toBe('<sip:127.0.0.1:5060;lr>')
  const bench = openProxyBench()
  bench.call({ remain: true }, `${bob};transport=tcp`)
  const [tcp] = bench.sentTo(5080)
  expect(
    tcp?.headers.filter(({ name }) => name === 'Record-Route').map(({ value }) => value),
  ).toEqual(['<sip:127.0.0.1:5060;transport=tcp;lr>', '<sip:127.0.0.1:5060;lr>'])
})

test('ACK, INFO and BYE pass without our Route and with a hop less; the BYE ends it', () => {
  const { bench } = accepted()
  bench.take()
  bench.receive(later('ACK', 1))
  bench.receive(later('INFO', 2))
  for (const method of ['ACK', 'INFO']) {
    const [passed] = bench.sentTo(5080, method)
    expect(passed?.uri).toBe(bob)
    expect(header(passed, 'Route')).toBe('')
    expect(header(passed, 'Max-Forwards')).toBe('69')
  }
  const [info] = bench.sentTo(5080, 'INFO')
  if (info) bench.receive(answerTo(info, 200), { port: 5080 })
  expect(bench.statuses()).toEqual([200])
  bench.receive(later('BYE', 3))
  const [bye] = bench.sentTo(5080, 'BYE')
  if (bye) bench.receive(answerTo(bye, 200), { port: 5080 })
  expect(bench.running.forwarded()).toEqual({ requests: 0, dialogs: 0 })
  bench.receive(later('INFO', 4))
  expect(bench.statuses()).toEqual([200, 200, 481])
})

test('the callee too finds the caller through us', () => {
  const { bench } = accepted()
  bench.take()
  bench.receive(
    `BYE sip:alice@127.0.0.1:5070 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-callee;rport
Max-Forwards: 70
From: <sip:bob@127.0.0.1:5060>;tag=t5080
To: <sip:alice@127.0.0.1:5070>;tag=al
Call-ID: call-1
CSeq: 1 BYE
${route}Content-Length: 0

`,
    { port: 5080 },
  )
  expect(bench.sentTo(5070, 'BYE')).toHaveLength(1)
})

test('nobody makes us send for him: not without a dialog, and not to a place nobody has named', () => {
  const { bench } = accepted()
  bench.take()
  bench.receive(later('INFO', 2).replace('tag=al', 'tag=other'))
  expect(bench.statuses()).toEqual([481])
  bench.receive(later('INFO', 3).replace(`${bob} SIP`, 'sip:premium@192.0.2.7 SIP'))
  expect(bench.statuses()).toEqual([481, 403])
  bench.receive(later('INFO', 4, `${route}Route: <sip:192.0.2.7;lr>\n`))
  expect(bench.statuses()).toEqual([481, 403, 403])
  bench.receive(later('ACK', 1).replace(`${bob} SIP`, 'sip:premium@192.0.2.7 SIP'))
  expect(bench.requests()).toEqual([])
})

test('without a hop left it goes no further', () => {
  const { bench } = accepted()
  bench.take()
  bench.receive(later('INFO', 2).replace('Max-Forwards: 70', 'Max-Forwards: 0'))
  expect(bench.statuses()).toEqual([483])
})

test('a re-INVITE that is cancelled is cancelled behind us', () => {
  const { bench } = accepted()
  bench.take()
  bench.receive(later('INVITE', 2))
  bench.answer(5080, 180)
  bench.receive(later('INVITE', 2).replaceAll('INVITE', 'CANCEL'))
  expect(bench.sentTo(5080, 'CANCEL')).toHaveLength(1)
  bench.answer(5080, 487)
  expect(bench.statuses().at(-1)).toBe(487)
})

test('a call that fails leaves no dialog behind', () => {
  const bench = openProxyBench()
  bench.call({ remain: true }, bob)
  bench.answer(5080, 180)
  expect(bench.running.forwarded().dialogs).toBe(1)
  bench.answer(5080, 486)
  expect(bench.running.forwarded().dialogs).toBe(0)
})

test('where no dialog can be followed any more, none is promised to be', () => {
  const { bench } = accepted({ dialogsMax: 1 })
  bench.take()
  const second = bench.app
  bench.receive(
    later('INVITE', 9, '')
      .replace(/To: .*\n/, 'To: <sip:bob@127.0.0.1:5060>\nContact: <sip:a@127.0.0.1>\n')
      .replace('call-1', 'call-2'),
  )
  const id = second.delivered('INVITE')?.fields[8] ?? ''
  bench.proxyAs(second, id, { remain: true }, [bob])
  expect(bench.statuses()).toEqual([100, 503])
})
