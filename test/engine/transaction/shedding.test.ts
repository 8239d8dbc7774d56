import { expect, test } from 'vitest'
import { createTransactionLayer } from '../../../src/engine/transaction/layer.ts'
import type { TransactionUser } from '../../../src/engine/transaction/types.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { arrive, FakeTransport, header, read, request } from './fixtures.ts'

function open() {
  const clock = new FakeClock()
  const transport = new FakeTransport(clock)
  const told: string[] = []
  const user: TransactionUser = {
    onRequest: ({ arrival }) => void told.push(arrival.message.method),
    onCancel: () => void told.push('CANCEL'),
    onAck: () => void told.push('ACK'),
    onStrayResponse: () => undefined,
  }
  const proven: number[] = []
  const layer = createTransactionLayer({
    transport,
    user,
    clock,
    random: countedRandom(),
    limits: { transactionsMax: 100, retryAfterMaxS: 10 },
    sheds: () => true,
    trust: {
      isStranger: () => false,
      isOnlyRefused: () => false,
      affords: () => true,
      vouch: () => undefined,
      prove: ({ port }) => void proven.push(port),
    },
  })
  const receive = (text: string) => layer.receive(arrive(read(text)))
  return { clock, transport, layer, told, proven, receive }
}

test('a new call is refused with 503 and a random Retry-After, and leaves nothing behind', () => {
  const { transport, layer, told, receive } = open()
  for (const branch of ['z9hG4bK1', 'z9hG4bK2']) receive(request('INVITE', { branch }))
  expect(transport.take().map((line) => line.split(' ')[1])).toEqual(['503', '503'])
  expect(layer.size).toBe(0)
  expect(told).toEqual([])
  receive(request('INVITE'))
  const first = header(transport.last, 'Retry-After')
  receive(request('INVITE'))
  expect(first).toMatch(/^([1-9]|10)$/)
  expect(header(transport.last, 'Retry-After')).not.toBe(first)
})

test('a request in a dialog, an ACK, a CANCEL, a BYE and any other request are served', () => {
  const { transport, told, receive } = open()
  receive(request('INVITE', { branch: 'z9hG4bK1', toTag: 'ours' }))
  receive(request('CANCEL', { branch: 'z9hG4bK1' }))
  receive(request('ACK', { branch: 'z9hG4bK2', toTag: 'ours' }))
  for (const method of ['BYE', 'OPTIONS', 'REGISTER']) {
    receive(request(method, { branch: `z9hG4bK${method}` }))
  }
  expect(told).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE', 'OPTIONS', 'REGISTER'])
  expect(transport.take().some((line) => line.endsWith('503'))).toBe(false)
})

test('where new requests have taken their share, the BYE of a call is still served', () => {
  const { transport, layer, told, receive } = open()
  for (let nth = 0; nth < 100; nth++) receive(request('OPTIONS', { branch: `z9hG4bK${nth}` }))
  expect(layer.size).toBeLessThan(100)
  expect(transport.take().at(-1)).toMatch(/ 503$/)
  told.splice(0)
  receive(request('BYE', { branch: 'z9hG4bKbye', toTag: 'ours' }))
  expect(told).toEqual(['BYE'])
  for (let nth = 0; nth < 100; nth++) {
    receive(request('INFO', { branch: `z9hG4bKinfo${nth}`, toTag: 'ours' }))
  }
  expect(layer.size).toBe(100)
})

test('the ACK of a refusal proves its source only where the tag was not its own', () => {
  const { layer, receive, proven, transport } = open()
  receive(request('INVITE', { branch: 'z9hG4bK1', toTag: 'theirs' }))
  expect(layer.size).toBe(1)
  transport.take()
  receive(request('ACK', { branch: 'z9hG4bK1', toTag: 'theirs' }))
  expect(proven).toEqual([])
})
