import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { HeldCall } from '../../src/call/held-call.ts'
import type { Abandonment, AnsweredLeg, InboundCall } from '../../src/sip/inbound-call.ts'
import { nothing, plainAnswer } from '../../src/sip/messages.ts'

/** A call that notes what its caller is told. */
function setUp() {
  const said: string[] = []
  const listeners: ((abandonment: Abandonment) => void)[] = []
  const inbound = {
    abandonment: undefined,
    onAbandoned: (listener: (abandonment: Abandonment) => void) => void listeners.push(listener),
    ring: ({ status }: { status: number }) => void said.push(`ring ${status}`),
    refuse: ({ status }: { status: number }) => void said.push(`refuse ${status}`),
    drop: () => void said.push('drop'),
    answer: async () => {
      said.push('answer')
      return {} as AnsweredLeg
    },
  } as unknown as InboundCall
  const abandon = () => {
    for (const listener of listeners) listener({ cause: 'cancelled', reasons: [] })
  }
  const onHeld = vi.fn()
  return { said, abandon, onHeld, held: new HeldCall(inbound, onHeld) }
}

const say = fc.constantFrom('ring 180', 'ring 183', 'refuse 486', 'answer', 'drop')

function tell(held: HeldCall, what: string): void {
  const [verb, status] = what.split(' ')
  if (verb === 'ring') held.ring(plainAnswer(Number(status), ''))
  else if (verb === 'refuse') held.refuse(plainAnswer(Number(status), ''))
  else if (verb === 'drop') held.drop()
  else held.answer(nothing).catch(() => undefined)
}

test('what is said before a call is let go is said then, in order, and never after it is cut off', () => {
  const words = fc.array(say, { maxLength: 10 })
  fc.assert(
    fc.property(words, words, fc.boolean(), (before, after, isCutOff) => {
      const { said, held } = setUp()
      for (const each of before) tell(held, each)
      expect(said).toEqual([])
      if (isCutOff) held.cutOff()
      else held.letGo()
      for (const each of after) tell(held, each)
      held.letGo()
      expect(said).toEqual(isCutOff ? [] : [...before, ...after])
    }),
  )
})

test('whoever writes the record is told once that something is held back, and never afterwards', () => {
  const { onHeld, held } = setUp()
  expect(onHeld).not.toHaveBeenCalled()
  held.ring(plainAnswer(180, 'Ringing'))
  held.ring(plainAnswer(183, 'Session Progress'))
  void held.answer(nothing)
  expect(onHeld).toHaveBeenCalledOnce()
  held.letGo()
  const free = setUp()
  free.held.letGo()
  free.held.refuse(plainAnswer(486, 'Busy Here'))
  expect(onHeld).toHaveBeenCalledOnce()
  expect(free.onHeld).not.toHaveBeenCalled()
})

test('no more provisional responses are held back than may be, and the answer always is', () => {
  const { said, held } = setUp()
  const acknowledgement = { onPrack: () => undefined, withoutPrack: vi.fn() }
  for (let at = 0; at < 100; at++) held.ring(plainAnswer(180, 'Ringing'), acknowledgement)
  expect(acknowledgement.withoutPrack).toHaveBeenCalledTimes(100 - 16)
  void held.answer(nothing)
  held.letGo()
  expect(said).toHaveLength(17)
  expect(said.at(-1)).toBe('answer')
})

test.each(['the caller gives up', 'the call is cut off'])(
  'an answer that waits is refused when %s',
  async (what) => {
    const { abandon, held } = setUp()
    const answered = held.answer(nothing)
    if (what === 'the caller gives up') abandon()
    else held.cutOff()
    await expect(answered).rejects.toMatchObject({ code: 'leg_gone' })
  },
)
