import { setTimeout as delay } from 'node:timers/promises'
import type { SipText } from '../../src/demo/sip-text.ts'
import { media, type SturdyCall } from '../support/sturdy-call.ts'
import type { Reply } from '../support/sturdy-end.ts'

/** The INVITE that a callee got, how it answers it, and how it opens a branch of it. */
export interface Called {
  readonly invite: SipText
  readonly reply: Reply
  open(name: string): SturdyCall
}

/** What a call is about: both sides play their part to its end and tell what they have seen. */
export interface Deed {
  /** Says which it is: callees are told by the number that was called. */
  readonly called: string
  caller(call: SturdyCall, key: string): Promise<readonly unknown[]>
  callee(called: Called): Promise<readonly unknown[]>
  readonly told: { readonly caller: readonly unknown[]; readonly callee: readonly unknown[] }
}

const holdMs = 300
const wantsReliable = ['Supported', '100rel'] as const
const hasKey = (key: string) => ['X-API-Key', key] as const
const sessionOf = (text: SipText) => /\ns=(.*)\r/.exec(text.body)?.[1] ?? ''

/** Rings reliably with and without a description, and is answered when all that is acknowledged. */
const described: Deed = {
  called: '+14155552671',
  caller: async (call, key) => {
    const final = await call.invite([hasKey(key), wantsReliable], media('offer'))
    await delay(holdMs)
    await call.hangUp()
    return [final.status, ...call.rung.map((one) => `${one.status} ${sessionOf(one)}`)]
  },
  callee: async ({ invite, reply, open }) => {
    const call = open('described')
    await call.ringReliably(invite, '183 Session Progress', media('answer'))
    await call.ringReliably(invite, '180 Ringing')
    await call.accept(invite, reply, '')
    return [sessionOf(invite), await call.ended]
  },
  told: { caller: [200, '183 answer', '180 '], callee: ['offer', 'peer'] },
}

/** Answers while its ringing is not acknowledged yet, as RFC 3262 3 lets it without a description. */
const overtaken: Deed = {
  called: '+14155552672',
  caller: async (call, key) => {
    const final = await call.invite([hasKey(key), wantsReliable], media('offer'))
    await delay(holdMs)
    await call.hangUp()
    return [final.status, sessionOf(final)]
  },
  callee: async ({ invite, reply, open }) => {
    const call = open('overtaken')
    void call.ringReliably(invite, '180 Ringing')
    await call.accept(invite, reply, media('answer'))
    return [await call.ended]
  },
  told: { caller: [200, 'answer'], callee: ['peer'] },
}

/** Rings in two places with a description from each; the second answers, and the first too late. */
const forked: Deed = {
  called: '+14155552673',
  caller: async (call, key) => {
    const final = await call.invite([hasKey(key), wantsReliable], media('offer'))
    // The callee that came too late is gone by then, or the end of the call ends it.
    await delay(holdMs)
    await call.hangUp()
    return [final.status, ...call.rung.map(sessionOf).toSorted()]
  },
  callee: async ({ invite, reply, open }) => {
    const [first, second] = [open('first'), open('second')]
    await Promise.all([
      first.ringReliably(invite, '183 Session Progress', media('first')),
      second.ringReliably(invite, '183 Session Progress', media('second')),
    ])
    const won = second.accept(invite, reply, '')
    await won
    await first.accept(invite, reply, '')
    return [await first.ended, first.asked, await second.ended, second.asked]
  },
  told: { caller: [200, 'first', 'second'], callee: ['peer', ['BYE'], 'peer', ['BYE']] },
}

/** Is given up while it rings reliably. */
const cancelled: Deed = {
  called: '+14155552674',
  caller: async (call, key) => {
    let cancelling: Promise<void> | undefined
    const final = await call.invite([hasKey(key), wantsReliable], media('offer'), (response) => {
      if (response.status === 180) cancelling ??= call.cancel()
    })
    await cancelling
    return [final.status]
  },
  callee: async ({ invite, reply, open }) => {
    const call = open('cancelled')
    void call.ringReliably(invite, '180 Ringing')
    const by = await call.ended
    call.refuse(invite, reply, '487 Request Terminated')
    return [by, call.asked]
  },
  told: { caller: [487], callee: ['peer', ['CANCEL']] },
}

/** Is changed twice by the caller and once by the callee, who hangs up. */
const changed: Deed = {
  called: '+14155552675',
  caller: async (call, key) => {
    const final = await call.invite([hasKey(key)], media('offer'))
    const held = await call.change('INVITE', media('hold'))
    const back = await call.change('UPDATE', media('back'))
    const by = await call.ended
    return [sessionOf(final), sessionOf(held) !== '', sessionOf(back) !== '', by, call.asked]
  },
  callee: async ({ invite, reply, open }) => {
    const call = open('changed')
    await call.accept(invite, reply, media('answer'))
    while (call.asked.length < 2) await delay(20)
    const taken = await call.change('INVITE', media('moved'))
    await call.hangUp()
    return [sessionOf(taken) !== '', call.asked]
  },
  told: {
    caller: ['answer', true, true, 'peer', ['INVITE', 'BYE']],
    callee: [true, ['INVITE', 'UPDATE']],
  },
}

/** All of them, by what becomes of the call. */
export const deeds = { described, overtaken, forked, cancelled, changed } as const
