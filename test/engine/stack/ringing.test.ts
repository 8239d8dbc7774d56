import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { answerTo, header, openBench } from './bench.ts'

const nothing = { inbound: 0, outbound: 0, dialogs: 0, invites: 0 }
const patienceMs = 600_000

/** A call of an app's, and what its callee says. */
function dialled() {
  const bench = openBench()
  const idle = bench.clock.pendingCount
  const app = bench.app()
  bench.sip(app, '', 'INVITE sip:bob@127.0.0.1:5080 SIP/2.0\n')
  const request = bench.requests()[0] as Request
  const answer = (status: number, to = request) =>
    bench.receive(answerTo(to, status), { port: 5080 })
  return { bench, idle, app, request, answer }
}

test.each([100, 180])(
  'a callee that says %d and nothing more is cancelled, and given up',
  (status) => {
    const { bench, idle, app, answer } = dialled()
    answer(status)
    bench.take()
    bench.clock.advance(patienceMs - 1)
    expect(bench.take()).toEqual([])
    bench.clock.advance(1)
    const [cancel] = bench.requests()
    expect(cancel?.method).toBe('CANCEL')
    expect(header(cancel, 'Reason')).toContain('Not answered in time')
    bench.clock.advance(70_000)
    expect(app.delivered('SIP/2.0 408')).toBeDefined()
    expect(bench.running.sizes()).toEqual(nothing)
    expect(bench.clock.pendingCount).toBe(idle)
  },
)

test('a callee that goes on ringing is waited for', () => {
  const { bench, app, answer, request } = dialled()
  for (let nth = 0; nth < 5; nth++) {
    answer(180)
    bench.clock.advance(patienceMs / 2)
  }
  answer(200)
  const dialogId = `${header(request, 'Call-ID')};from-tag=${header(request, 'From').split('tag=')[1]}`
  bench.sip(app, `|${dialogId}`, 'ACK sip:placeholder SIP/2.0\n')
  bench.clock.advance(2 * patienceMs)
  expect(bench.requests().map(({ method }) => method)).not.toContain('CANCEL')
  expect(bench.running.sizes().dialogs).toBe(1)
})

test('who is cancelled already is not cancelled again, and who has refused is forgotten', () => {
  const { bench, idle, app, answer } = dialled()
  const id = app.frames[0]?.fields[10] ?? ''
  answer(180)
  bench.sip(app, id, 'CANCEL sip:bob@127.0.0.1:5080 SIP/2.0\n')
  answer(200, bench.requests().at(-1))
  answer(180)
  answer(487)
  bench.take()
  bench.clock.advance(2 * patienceMs)
  expect(bench.requests()).toEqual([])
  expect(bench.clock.pendingCount).toBe(idle)
})
