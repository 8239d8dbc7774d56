import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { type InviteText, openPhone, type Phone } from '../support/phone.ts'
import { headerValues } from '../support/sipp-log.ts'

judgeTraffic()

const testTimeoutMs = 60_000
const callsPerOffset = 20
/** From the same datagram burst to after the callee has begun to ring. */
const offsetsMs = [0, 0.2, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20]
const settleMs = 8000

/** What the carrier has seen of one INVITE. */
type Fate = 'ringing' | 'cancelled'

describe.each(engines)('on the %s engine', (engine) => {
  test('a CANCEL at any moment leaves no call, no lease and no ringing phone', {
    timeout: testTimeoutMs,
  }, async () => {
    await using gate = await startTestGate({ engine })
    await using carrier = await openPhone(gate.carrierPorts[0])
    await using caller = await openPhone()
    const fates = playCarrier(carrier, gate.sipPort)
    const finals = playCaller(caller, gate.sipPort)
    let count = 0
    for (const offsetMs of offsetsMs) {
      for (let call = 0; call < callsPerOffset; call++) {
        const invite = inviteNumber(++count, gate.keys.good)
        finals.expect(invite)
        caller.invite(invite, gate.sipPort)
        await spin(offsetMs)
        caller.cancel(invite, gate.sipPort)
        await delay(5)
      }
    }
    // RFC 3261 17.1: what got lost in the sockets of a busy machine is sent again.
    for (let round = 0; round < 6 && finals.open().length > 0; round++) {
      await delay(500)
      for (const invite of finals.open()) {
        if (!finals.heard.has(invite.callId)) caller.invite(invite, gate.sipPort)
        caller.cancel(invite, gate.sipPort)
      }
    }
    await gate.idle(settleMs)
    await until(() => finals.statuses.size === count && ![...fates.values()].includes('ringing'))
    expect([...finals.statuses].filter(([, status]) => status !== '487')).toEqual([])
    expect([...finals.toCancel].filter(([, status]) => status !== '200')).toEqual([])
    const { admitted, ended } = await expectWholeAudit(gate.auditDir)
    expect(ended.size).toBe(admitted.size)
  })
})

function inviteNumber(count: number, key: string): InviteText {
  return { callId: `race-${count}`, key, called: callable, caller: ownNumber }
}

/** A carrier that rings at once and takes its CANCEL as it should. */
function playCarrier(phone: Phone, gatePort: number): Map<string, Fate> {
  const fates = new Map<string, Fate>()
  const invites = new Map<string, string>()
  phone.onMessage = (text) => {
    const [callId = ''] = headerValues(text, 'Call-ID')
    if (text.startsWith('INVITE ') && !invites.has(callId)) {
      invites.set(callId, text)
      fates.set(callId, 'ringing')
      phone.answer(text, '180 Ringing', gatePort)
    } else if (text.startsWith('CANCEL ')) {
      fates.set(callId, 'cancelled')
      phone.answer(text, '200 OK', gatePort)
      phone.answer(invites.get(callId) ?? text, '487 Request Terminated', gatePort)
    }
  }
  return fates
}

/** Collects the final answer to each INVITE and acknowledges it. */
function playCaller(phone: Phone, gatePort: number) {
  const statuses = new Map<string, string>()
  const toCancel = new Map<string, string>()
  const heard = new Set<string>()
  const invites = new Map<string, InviteText>()
  phone.onMessage = (text) => {
    const [callId = ''] = headerValues(text, 'Call-ID')
    const status = text.slice(8, 11)
    const invite = invites.get(callId)
    const [cseq] = headerValues(text, 'CSeq')
    heard.add(callId)
    if (cseq === '1 CANCEL') toCancel.set(callId, status)
    if (!invite || status < '200' || cseq !== '1 INVITE') return
    statuses.set(callId, status)
    phone.acknowledge(invite, text, gatePort)
  }
  return {
    statuses,
    toCancel,
    heard,
    expect: (invite: InviteText) => invites.set(invite.callId, invite),
    /** The INVITEs that have no final answer yet. */
    open: () => [...invites.values()].filter(({ callId }) => !statuses.has(callId)),
  }
}

/** Timers are too coarse for parts of a millisecond. */
async function spin(ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve))
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + settleMs
  while (!holds() && performance.now() < deadline) await delay(20)
  expect(holds(), 'every INVITE has its answer, every ringing its CANCEL').toBe(true)
}
