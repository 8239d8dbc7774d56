import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startTestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { openPhone, type Phone } from '../support/phone.ts'
import { headerValues } from '../support/sipp-log.ts'

judgeTraffic()

const testTimeoutMs = 60_000
/** How far the callee's BYE is behind the caller's; before it where negative. */
const offsetsMs = [-5, -2, -1, 0, 0, 0, 0, 1, 2, 5]
const waitMs = 5000

describe.each(engines)('on the %s engine', (engine) => {
  test('two BYEs that cross are both answered, and nothing is left', {
    timeout: testTimeoutMs,
  }, async () => {
    await using gate = await startTestGate({ engine })
    await using carrier = await openPhone(gate.carrierPorts[0])
    await using caller = await openPhone()
    for (const [index, offsetMs] of offsetsMs.entries()) {
      const callId = `glare-${index}`
      const call = await establish({ caller, carrier, callId, key: gate.keys.good }, gate.sipPort)
      if (offsetMs < 0) call.calleeHangsUp()
      await delay(Math.abs(offsetMs))
      call.callerHangsUp()
      if (offsetMs >= 0) call.calleeHangsUp()
      // RFC 3261 15.1.2: 200, or 481 where the call was over when the BYE came.
      await until(() => call.answers.length === 2)
      for (const status of call.answers) expect(['200', '481']).toContain(status)
      await gate.idle()
    }
    expect((await expectWholeAudit(gate.auditDir)).ended.size).toBe(offsetsMs.length)
  })
})

interface Parties {
  readonly caller: Phone
  readonly carrier: Phone
  readonly callId: string
  readonly key: string
}

/** Sets a call up; gives the means to end it from both sides and what the BYEs were answered. */
async function establish({ caller, carrier, callId, key }: Parties, gatePort: number) {
  const answers: string[] = []
  const invite = { callId, key, called: callable, caller: ownNumber }
  let accepted = ''
  let offered = ''
  const take = (phone: Phone, text: string) => {
    if (text.startsWith('BYE ')) phone.answer(text, '200 OK', gatePort)
    else if (/^CSeq: \d+ BYE/im.test(text)) answers.push(text.slice(8, 11))
  }
  let acknowledged = false
  carrier.onMessage = (text) => {
    if (text.startsWith('INVITE ')) {
      offered = text
      carrier.answer(text, '200 OK', gatePort)
    } else if (text.startsWith('ACK ')) acknowledged = true
    else take(carrier, text)
  }
  caller.onMessage = (text) => {
    if (!text.startsWith('SIP/2.0 200') || !text.includes('INVITE')) return take(caller, text)
    if (headerValues(text, 'CSeq')[0] !== '1 INVITE') return take(caller, text)
    accepted = text
    caller.send(
      request('ACK', 1, { to: one(text, 'To'), from: one(text, 'From'), of: text }),
      gatePort,
    )
  }
  caller.invite(invite, gatePort)
  await until(() => acknowledged && accepted !== '')

  const ofCaller = { to: one(accepted, 'To'), from: one(accepted, 'From'), of: accepted }
  const ofCallee = {
    to: one(offered, 'From'),
    from: `${one(offered, 'To')};tag=${carrier.port}`,
    of: offered,
  }
  return {
    answers,
    callerHangsUp: () => caller.send(request('BYE', 2, ofCaller), gatePort),
    calleeHangsUp: () => carrier.send(request('BYE', 1, ofCallee), gatePort),
  }

  function request(method: string, cseq: number, dialog: { to: string; from: string; of: string }) {
    const target = /<([^>]+)>/.exec(one(dialog.of, 'Contact'))?.[1] ?? ''
    const phone = dialog.of === offered ? carrier : caller
    const lines = [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${phone.port};branch=z9hG4bK-${callId}-${method}-${phone.port}`,
      `From: ${dialog.from}`,
      `To: ${dialog.to}`,
      `Call-ID: ${one(dialog.of, 'Call-ID')}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      'Content-Length: 0',
    ]
    return `${lines.join('\r\n')}\r\n\r\n`
  }
}

function one(text: string, name: string): string {
  return headerValues(text, name)[0] ?? ''
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + waitMs
  while (!holds() && performance.now() < deadline) await delay(5)
  expect(holds()).toBe(true)
}
