import { expect, test } from 'vitest'
import type { Candidate } from '../../src/domain/carrier.ts'
import { CallControl } from '../../src/relay/call-control.ts'
import { invitationMs } from '../../src/relay/expiry.ts'
import { relayCall } from '../../src/relay/relay-call.ts'
import type { RelayedCall } from '../../src/relay/relayed-call.ts'
import type { Answer, Payload } from '../../src/sip/messages.ts'
import type { DialOutcome, DialRequest } from '../../src/sip/outbound-call.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'

function inviteWith(...fields: readonly string[]): RawMessage {
  return new RawMessage(['INVITE sip:x@y SIP/2.0', ...fields, '', ''].join('\r\n'))
}

const goodForMs = 30_000

/** A call whose invitation is good for half a minute, at a gateway in the test's hands. */
function relayed() {
  const clock = new FakeClock()
  const refusals: Answer[] = []
  const cancels: Payload[] = []
  const { promise: outcome, resolve: settle } = Promise.withResolvers<DialOutcome>()
  const dial = (_: DialRequest) => ({
    outcome,
    cancel: (payload: Payload) => {
      cancels.push(payload)
      settle({ kind: 'cancelled' })
    },
  })
  const inbound = {
    message: inviteWith(),
    onAbandoned: () => undefined,
    onEarlyRequest: () => undefined,
    refuse: (answer: Answer) => void refusals.push(answer),
    answer: () => Promise.withResolvers().promise,
  }
  const gateway = { noAnswerTimeoutMs: 60_000, ringTimeoutMs: 60_000 } as Candidate
  const silent = () => undefined
  const events = { dialled: silent, failed: silent, answered: silent, ringing: silent }
  const ended = relayCall({
    inbound,
    candidates: [gateway, gateway],
    clock,
    random: countedRandom(),
    invitationMs: goodForMs,
    events,
    control: new CallControl(),
    take: async () => ({ room: { [Symbol.asyncDispose]: async () => undefined } }),
    invite: () => ({ uri: 'sip:x@z', payload: { headers: {}, body: '' } }),
    engine: { dial, reportsTrying: true, addresses: [] },
    settings: { sessionExpiresS: 0 },
  } as unknown as RelayedCall)
  return { clock, refusals, cancels, settle, ended }
}

test('an invitation that expires while it rings is answered 487, and nobody is called any more', async () => {
  const { clock, refusals, cancels, ended } = relayed()
  await clock.advanceAsync(goodForMs - 1)
  expect([refusals, cancels]).toEqual([[], []])
  await clock.advanceAsync(1)
  expect(refusals).toMatchObject([{ status: 487, phrase: 'Request Terminated' }])
  expect(cancels).toMatchObject([{ headers: { Reason: 'SIP;cause=487;text="expired"' } }])
  expect(await ended).toEqual({ endedBy: 'caller', cause: 'expired', status: 487, durationMs: 0 })
  expect(clock.pendingCount).toBe(0)
})

test('once somebody has answered, an invitation does not expire', async () => {
  const { clock, refusals, cancels, settle } = relayed()
  await clock.advanceAsync(1)
  const message = new RawMessage('SIP/2.0 200 OK\r\n\r\n')
  settle({ kind: 'answered', message, acknowledge: () => undefined } as unknown as DialOutcome)
  await clock.advanceAsync(goodForMs)
  expect([refusals, cancels]).toEqual([[], []])
})

test.each([
  [['Expires: 180'], 180_000],
  [['Expires:  30 '], 30_000],
  [[], undefined],
  [['Expires: 0'], undefined],
  [['Expires: soon'], undefined],
  [['Expires: 4294967295'], undefined],
  [['Expires: 5', 'Expires: 6'], undefined],
] as const)('an INVITE with %j is good for %s ms', (fields, expected) => {
  expect(invitationMs(inviteWith(...fields))).toBe(expected)
})
