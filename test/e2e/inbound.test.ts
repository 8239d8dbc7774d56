import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { ownFolder, startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { callable, ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { keepPort } from '../support/gate-ports.ts'
import { openTripwire } from '../support/gate-tripwire.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { openSigningCarrier, type SigningCarrier } from '../support/signing-carrier.ts'
import { runSipp, type SippOptions, type SippResult, startSipp } from '../support/sipp.ts'
import { headerValues, startingWith } from '../support/sipp-log.ts'

judgeTraffic()

const carrier = { ownAddress: '127.0.0.2', holdMs: 200 } as const
const caller = '+13125550188'
/** Of the tenant that is suspended. */
const suspended = '+12125550200'
const nothing = 'Subject: none'

/** Of the trunk that refuses whose proof is false. */
const strict = '+12125550160'

describe.each(engines)('on the %s engine', (engine) => {
  const stack = new AsyncDisposableStack()
  let gate: TestGate
  let signing: SigningCarrier
  let pbxPorts: readonly [number, number]

  beforeAll(async () => {
    signing = stack.use(await openSigningCarrier(await ownFolder(stack)))
    pbxPorts = [await keepPort(), await keepPort()]
    const targets = pbxPorts.map((port, at) => ({ id: `pbx-${at + 1}`, host: '127.0.0.1', port }))
    const common = { policy: 'receiving', noAnswerTimeoutMs: 1500, targets }
    const trunks = [
      { id: 'main', tenant: 'acme', ...common },
      { ...common, id: 'closed', tenant: 'closed', targets: [{ ...targets[0], id: 'closed' }] },
      {
        ...common,
        id: 'strict',
        tenant: 'acme',
        policy: 'receiving-proven',
        numbers: [strict],
        targets: [{ ...targets[0], id: 'strict' }],
        identity: 'forward',
      },
    ]
    const settings = { trunks, verification: signing.verification }
    gate = stack.use(await startTestGate({ engine, inboundSources: ['127.0.0.2/32'], settings }))
  })

  afterAll(() => stack.disposeAsync())

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
    return { status: Number(text.split(' ')[1]), reason: headerValues(text, 'Reason').join(', ') }
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

  test('a signed caller is told to the tenant as verified, and the signature goes on where it is wanted', async () => {
    const identity = await signing.identity(caller, strict)
    const field = `Identity: ${identity}`
    const { first } = await play('uac-carrier-call', ['uas-answer'], { field, called: strict })
    const [asserted] = headerValues(inviteOf(first), 'P-Asserted-Identity')
    expect(asserted).toContain(`<sip:${caller};verstat=TN-Validation-Passed@`)
    expect(headerValues(inviteOf(first), 'Identity')).toEqual([identity])
  })

  test('a caller other than the signed one is told to the tenant as not verified', async () => {
    const field = `Identity: ${await signing.identity('+13125550189', ownNumber)}`
    const { first } = await play('uac-carrier-call', ['uas-answer'], { field })
    expect(inviteOf(first)).toContain(`<sip:${caller};verstat=TN-Validation-Failed@`)
  })

  test('a signature of another call is refused where the policy refuses it, and no PBX is called', async () => {
    await using tripwire = await openTripwire(pbxPorts[0])
    const field = `Identity: ${await signing.identity(caller, ownNumber)}`
    const { carrier: came } = await play('uac-carrier-refused', [], { field, called: strict })
    const { status, reason } = answerTo(came)
    expect(status).toBe(438)
    expect(reason).toMatch(
      /^SIP;cause=438;text="identity_invalid", STIR ?;cause=438 ?;text="Invalid Identity Header"/,
    )
    expect(tripwire.heard).toEqual([])
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
    expect([admitted.size, refused.size]).toEqual([8, 4])
    const decided = []
    for await (const { event } of readEntries(gate.auditDir)) {
      if (event.type === 'call.decided' && event.admitted) decided.push(event)
    }
    for (const event of decided) {
      expect(event).toMatchObject({
        direction: 'inbound',
        tenantId: 'acme',
        carrierId: 'carrier-1',
      })
      expect(['main', 'strict']).toContain(event.trunkId)
      // Numbers are sealed there.
      expect(JSON.stringify(event)).not.toMatch(/\+1[23]/)
    }
    const found = decided.map(({ trace }) => trace.find(({ check }) => check === 'verification'))
    expect(new Set(found.map((step) => step?.figures.verstat))).toEqual(
      new Set(['No-TN-Validation', 'TN-Validation-Passed', 'TN-Validation-Failed']),
    )
  })
})
