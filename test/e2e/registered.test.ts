import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import { expectWholeAudit } from '../support/gate-audit.ts'
import { ownNumber } from '../support/gate-config.ts'
import { engines } from '../support/gate-engines.ts'
import { keepPort } from '../support/gate-ports.ts'
import { judgeTraffic } from '../support/judged-traffic.ts'
import { runSipp, startSipp } from '../support/sipp.ts'
import { headerValues, startingWith } from '../support/sipp-log.ts'

judgeTraffic()

const trunk = 'branch'
describe.each(engines)('on the %s engine', (engine) => {
  let gate: TestGate
  let pbxPort: number
  /** Whether it connects anew to who has registered over a connection that is gone. */
  const reopens = engine === 'embedded' ? [engine] : []

  beforeAll(async () => {
    pbxPort = await keepPort()
    const trunks = [{ id: trunk, tenant: 'acme', policy: 'receiving', registers: true }]
    gate = await startTestGate({
      engine,
      masterKey: randomBytes(32),
      inboundSources: ['127.0.0.2/32'],
      settings: { trunks },
    })
  })
  afterAll(() => gate[Symbol.asyncDispose]())

  interface Registering {
    readonly key?: string
    readonly password?: string
    readonly expiresS?: number
    readonly transport?: 'udp' | 'tcp'
  }

  /** Registers a PBX that is at `pbxPort`; gives the last answer. */
  async function register(registering: Registering = {}): Promise<string> {
    const { key = gate.keys.pbx, password = key, expiresS = 600, transport } = registering
    const id = key.split('_')[2] ?? ''
    const { messages, errors, exitCode } = await runSipp({
      scenario: 'uac-register',
      port: pbxPort,
      remotePort: gate.sipPort,
      transport,
      called: trunk,
      keys: { expires: String(expiresS) },
      extra: ['-au', id, '-ap', password, '-auth_uri', `127.0.0.1:${gate.sipPort}`],
    })
    expect(exitCode, errors).toBe(0)
    return messages.filter(({ sent }) => !sent).at(-1)?.text ?? ''
  }

  const carrier = () => ({
    ...({
      ownAddress: '127.0.0.2',
      remotePort: gate.sipPort,
      called: ownNumber,
      holdMs: 100,
    } as const),
    keys: { caller: '+13125550188', extra: 'Subject: none' },
  })

  /** A carrier's call to the tenant; gives the INVITE that the PBX was sent. */
  async function called(transport: 'udp' | 'tcp'): Promise<string> {
    await using pbx = await startSipp({ scenario: 'uas-answer', port: pbxPort, transport })
    const caller = await runSipp({ ...carrier(), scenario: 'uac-carrier-call' })
    expect(caller.successful, caller.errors).toBe(1)
    const { messages } = await pbx.done
    await gate.idle()
    return startingWith(messages, 'INVITE ')[0]?.text ?? ''
  }

  /** Nobody is there to take the call. */
  async function expectUnreachable(): Promise<void> {
    const { messages } = await runSipp({ ...carrier(), scenario: 'uac-carrier-refused' })
    const [refused] = startingWith(messages, 'SIP/2.0 480')
    expect(headerValues(refused?.text ?? '', 'Reason')).toEqual([
      'SIP;cause=480;text="trunk_unreachable"',
    ])
    await gate.idle()
  }

  test('a PBX that registers is called at its Contact, and not before', async () => {
    await expectUnreachable()
    const bound = await register()
    expect(bound).toMatch(/^SIP\/2\.0 200 /)
    const contact = `sip:line@127.0.0.1:${pbxPort};transport=UDP`
    expect(headerValues(bound, 'Contact')).toEqual([`<${contact}>;expires=600`])
    const invite = await called('udp')
    expect(invite).toMatch(`INVITE ${contact} SIP/2.0`)
    expect(headerValues(invite, 'P-Called-Party-ID')).toEqual([`<tel:${ownNumber}>`])
    expect(headerValues(invite, 'To')[0]).toContain(`sip:${ownNumber}@127.0.0.1:${pbxPort}`)
  })

  test('a PBX that takes its binding away is called no longer', async () => {
    expect(headerValues(await register({ expiresS: 0 }), 'Contact')).toEqual([])
    await expectUnreachable()
  })

  // A drachtio-server calls over the connection of the registration alone; docs/drachtio-server.md.
  test.each(reopens)('a PBX that has registered over TCP is called over TCP', async () => {
    expect(await register({ transport: 'tcp' })).toMatch(/^SIP\/2\.0 200 /)
    expect(await called('tcp')).toMatch(/^INVITE sip:line@127\.0\.0\.1:\d+;transport=TCP /)
    await register({ transport: 'tcp', expiresS: 0 })
  })

  test('a wrong password, and a key that receives no calls, bind nothing', async () => {
    expect(await register({ password: 'wrong' })).toMatch(/^SIP\/2\.0 403 Forbidden/)
    expect(await register({ key: gate.keys.good })).toMatch(/^SIP\/2\.0 403 Scope Denied/)
    await expectUnreachable()
  })

  test('the audit log says who has registered and who may not', async () => {
    await expectWholeAudit(gate.auditDir)
    const said: unknown[] = []
    for await (const { event } of readEntries(gate.auditDir)) {
      if (event.type === 'trunk.registered') said.push(event.contacts)
      if (event.type === 'trunk.register_refused') said.push(event.reason)
    }
    expect(said).toEqual([
      1,
      0,
      ...reopens.flatMap(() => [1, 0]),
      'credentials_invalid',
      'scope_denied',
    ])
  })
})
