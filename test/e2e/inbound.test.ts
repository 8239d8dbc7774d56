import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { keepPort } from '../support/gate-ports.ts'
import { openTripwire } from '../support/gate-tripwire.ts'
import { runSipp, type SippOptions, type SippResult, startSipp } from '../support/sipp.ts'
import { headerValues, startingWith } from '../support/sipp-log.ts'

const carrier = { ownAddress: '127.0.0.2', holdMs: 200 } as const
const caller = '+13125550188'
/** Of the tenant that is suspended. */
const suspended = '+12125550200'
const nothing = 'Subject: none'

let gate: TestGate
let pbxPorts: readonly [number, number]

beforeAll(async () => {
  pbxPorts = [await keepPort(), await keepPort()]
  const targets = pbxPorts.map((port, at) => ({ id: `pbx-${at + 1}`, host: '127.0.0.1', port }))
  const common = { policy: 'receiving', noAnswerTimeoutMs: 1500, targets }
  const trunks = [
    { id: 'main', tenant: 'acme', ...common },
    { ...common, id: 'closed', tenant: 'closed', targets: [{ ...targets[0], id: 'closed' }] },
  ]
  gate = await startTestGate({ inboundSources: ['127.0.0.2/32'], settings: { trunks } })
})

afterAll(async () => await gate?.[Symbol.asyncDispose]())

/** Plays a carrier against PBXs, each of which has to be called exactly as its scenario wants. */
async function play(
  scenario: string,
  pbxs: readonly string[],
  { field = nothing, ...more }: Partial<SippOptions> & { readonly field?: string } = {},
) {
  await using stack = new AsyncDisposableStack()
  const callees = []
  for (const [index, pbx] of pbxs.entries()) {
    const port = pbxPorts[index] ?? 0
    callees.push(stack.use(await startSipp({ scenario: pbx, port, timeoutMs: 20_000 })))
  }
  const keys = { caller, extra: field }
  const common = { ...carrier, remotePort: gate.sipPort, called: ownNumber, keys }
  const came = await runSipp({ ...common, timeoutMs: 20_000, ...more, scenario })
  const sides = [came, ...(await Promise.all(callees.map(({ done }) => done)))]
  for (const { scenario: name, successful, failed, errors } of sides) {
    expect({ successful, failed }, `${name}\n${errors}`).toEqual({ successful: 1, failed: 0 })
  }
  await gate.idle()
  const [, first, second] = sides
  return { carrier: came, first, second }
}

/** The INVITE that a PBX was sent. */
function inviteOf(side: SippResult | undefined): string {
  return startingWith(side?.messages.filter(({ sent }) => !sent) ?? [], 'INVITE ')[0]?.text ?? ''
}

/** What the carrier heard, and why. */
function answerTo({ messages }: SippResult) {
  const finals = messages.filter(({ sent, text }) => !sent && /^SIP\/2\.0 [3-6]/.test(text))
  const text = finals[0]?.text ?? ''
  return { status: Number(text.split(' ')[1]), reason: headerValues(text, 'Reason')[0] }
}

test("a carrier's call is answered by the PBX of the tenant that has the number", async () => {
  const { first } = await play('uac-carrier-call', ['uas-answer'])
  const invite = inviteOf(first)
  expect(invite).toMatch(new RegExp(`^INVITE sip:\\${ownNumber}@127\\.0\\.0\\.1:${pbxPorts[0]}`))
  const identity = `<sip:${caller};verstat=No-TN-Validation@127.0.0.1:${gate.sipPort};user=phone>`
  expect(headerValues(invite, 'P-Asserted-Identity')).toEqual([identity])
  expect(headerValues(invite, 'From')[0]).toMatch(identity)
  expect(headerValues(invite, 'Identity')).toEqual([])
})

test("a verstat of the caller's own does not reach the tenant", async () => {
  const forged = `<sip:${caller};verstat=TN-Validation-Passed@127.0.0.2;user=phone>`
  const field = `P-Asserted-Identity: ${forged}`
  const { first } = await play('uac-carrier-call', ['uas-answer'], { field })
  expect(inviteOf(first)).not.toContain('TN-Validation-Passed')
})

test('a withheld number does not reach the tenant', async () => {
  const { first } = await play('uac-carrier-call', ['uas-answer'], { field: 'Privacy: id' })
  expect(inviteOf(first)).not.toContain(caller)
  expect(headerValues(inviteOf(first), 'From')[0]).toMatch(/^"Anonymous" <sip:anonymous@/)
})

test('a call that its caller gives up is given up at the PBX', async () => {
  await play('uac-carrier-cancel', ['uas-cancelled'])
})

test('a busy tenant is busy', async () => {
  const { carrier: came } = await play('uac-carrier-refused', ['uas-486'])
  expect(answerTo(came).status).toBe(486)
})

test('a PBX that fails leads to the next one of the trunk', async () => {
  await play('uac-carrier-call', ['uas-503', 'uas-answer'])
})

test.each([
  ['a number that no tenant has', { called: callable }, 404, 'number_unowned'],
  ['a number of a suspended tenant', { called: suspended }, 403, 'tenant_suspended'],
  ['a call from elsewhere', { ownAddress: undefined }, 403, 'credentials_missing'],
] as const)(
  '%s is refused, and neither PBX nor carrier is called',
  async (_, more, status, reason) => {
    await using stack = new AsyncDisposableStack()
    const tripwires = []
    for (const port of [...pbxPorts, ...gate.carrierPorts]) {
      tripwires.push(stack.use(await openTripwire(port)))
    }
    const { carrier: came } = await play('uac-carrier-refused', [], more)
    expect(answerTo(came)).toEqual({ status, reason: `SIP;cause=${status};text="${reason}"` })
    expect(tripwires.flatMap(({ heard }) => heard)).toEqual([])
  },
)

test('the audit log is whole and says what came in, from where and to whom', async () => {
  const { admitted, refused } = await expectWholeAudit(gate.auditDir)
  expect([admitted.size, refused.size]).toEqual([6, 3])
  const decided = []
  for await (const { event } of readEntries(gate.auditDir)) {
    if (event.type === 'call.decided' && event.admitted) decided.push(event)
  }
  for (const event of decided) {
    expect(event).toMatchObject({ direction: 'inbound', tenantId: 'acme', carrierId: 'carrier-1' })
    expect(event).toMatchObject({ trunkId: 'main', called: ownNumber, caller })
    expect(event.trace.find(({ check }) => check === 'verification')?.figures).toMatchObject({
      verstat: 'No-TN-Validation',
    })
  }
})
