import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openVerification } from '../../src/app/verification.ts'
import { startGate } from '../../src/app.ts'
import { readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'
import { parseIdentityHeader } from '../../src/identity/identity-header.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { testCa } from '../support/certificates.ts'
import { takePort } from '../support/gate-ports.ts'
import { runInProcess } from '../support/run-in-process.ts'
import { openSigningCarrier } from '../support/signing-carrier.ts'
import { UdpUa } from '../support/udp-ua.ts'

const [caller, own, callee] = ['+13105550123', '+12125550150', '+12125550199']

/** A gate that passes on diverted calls, its certificate where a verifier may fetch it. */
async function lab() {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-diverted-'))
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => {
    await stack.disposeAsync()
    await rm(folder, { recursive: true })
  })
  const file = (name: string) => join(folder, name)
  const origin = stack.use(await openSigningCarrier(folder))
  const { trustAnchors, serverCa, allowedHosts } = origin.verification as {
    trustAnchors: string
    serverCa: string
    allowedHosts: string[]
  }
  const web = await testCa('Our web CA')
  const { certificate, key } = await web.issue('DNS:own.lab.test')
  await writeFile(file('own-web.pem'), certificate)
  await writeFile(file('own-web.key'), key)
  await writeFile(serverCa, `${await readFile(serverCa, 'utf8')}\n${web.pem}`)
  const name = ['--organization', 'Test']
  await runInProcess('certs', 'ca', '--name', 'Our CA', ...name, '--out', file('our-ca'))
  const issue = ['certs', 'issue', '--ca', file('our-ca'), '--spc', '709J', ...name]
  await runInProcess(...issue, '--out', file('shaken'))
  const ours = await readFile(file('our-ca.pem'), 'utf8')
  await writeFile(
    trustAnchors,
    `${await readFile(trustAnchors, 'utf8')}
${ours}`,
  )

  const carrier = await UdpUa.open()
  const pbx = await UdpUa.open()
  stack.defer(() => carrier.close())
  stack.defer(() => pbx.close())
  const port = await takePort()
  const result = readSettings({
    environment: {},
    text: JSON.stringify({
      engine: { listen: ['udp/127.0.0.1:0'] },
      store: { path: file('store.sqlite') },
      audit: { dir: file('audit') },
      log: { level: 'silent' },
      identity: {
        ...{ port, x5uBase: `https://own.lab.test:${port}` },
        ...{ certificate: file('shaken.pem'), key: file('shaken.key') },
        tls: { certificate: file('own-web.pem'), key: file('own-web.key') },
      },
      verification: {
        ...{ trustAnchors, serverCa },
        allowedHosts: [...allowedHosts, `own.lab.test:${port}=127.0.0.1`],
      },
      tenants: [{ id: 'acme' }],
      numbers: [{ tenant: 'acme', number: own }],
      policies: [{ id: 'p', regions: ['US'], homeRegion: 'US', divertedCalls: 'verified' }],
      keys: [
        {
          ...{ id: 'pbx', tenant: 'acme', policy: 'p', generate: true },
          allowedSources: ['127.0.0.0/8'],
        },
      ],
      carriers: [{ id: 'c', gateways: [{ id: 'c1', host: '127.0.0.1', port: carrier.port }] }],
    }),
  })
  if (!result.ok) throw new Error(problemsText(result.problems))
  const gate = stack.use(await startGate(result.settings))
  const apiKey = gate.keys.get('pbx')?.reveal()
  let calls = 0
  const passOn = (identity: string, diversion: string) => {
    const nth = ++calls
    pbx.send(
      [
        `INVITE sip:${callee}@127.0.0.1 SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${pbx.port};branch=z9hG4bK${nth}`,
        ...[`From: <sip:${caller}@pbx.example>;tag=1`, `To: <sip:${callee}@127.0.0.1>`],
        ...[`Call-ID: diverted-${nth}`, 'CSeq: 1 INVITE', `Contact: <sip:a@127.0.0.1:${pbx.port}>`],
        ...['Max-Forwards: 70', `X-API-Key: ${apiKey}`, `Identity: ${identity}`],
        `Diversion: <sip:${diversion}@pbx.example>;reason=no-answer`,
      ],
      '',
      gate.listening[0]?.port ?? 0,
    )
  }
  const stranger = openVerification({
    ...{ values: result.settings.values, clock: systemClock(), logger: createLogger('silent') },
  }).service
  return { origin, carrier, pbx, passOn, stranger }
}

test('RFC 8946: a diverted call keeps its Identity, and the chain through us is found true', async () => {
  const { origin, carrier, passOn, stranger } = await lab()
  const original = await origin.identity(caller, own)
  passOn(original, own)
  const invite = await carrier.request('INVITE')
  const identities = invite.message.all('identity')
  expect(identities[0]).toBe(original)
  expect(identities.slice(1).map((value) => parseIdentityHeader(value))).toMatchObject([
    {
      header: { ppt: 'div', typ: 'passport' },
      claims: {
        ...{ orig: { tn: caller.slice(1) }, dest: { tn: [callee.slice(1)] } },
        div: { tn: own.slice(1) },
      },
      parameters: { ppt: 'div' },
    },
  ])
  const asked = {
    ...{ sipCallId: 'elsewhere', identityHeaders: identities, orig: { tn: caller } },
    ...{ dateHeader: invite.message.first('date'), receivedAtMs: Date.now() },
  }
  expect(await stranger.verify({ ...asked, dest: [{ tn: callee }] })).toMatchObject({
    ...{ verstat: 'TN-Validation-Passed', attestation: 'A', divertedFrom: [own.slice(1)] },
  })
  const wrong = { ...asked, sipCallId: 'another', dest: [{ tn: '+12125550111' }] }
  expect(await stranger.verify(wrong)).toMatchObject({ verstat: 'TN-Validation-Failed' })
})

test('one whose Identity is of another call is a foreign caller, and is refused', async () => {
  const { origin, pbx, passOn } = await lab()
  passOn(await origin.identity(caller, callee), own)
  const answer = await pbx.response(403)
  expect(answer.message.first('reason')).toContain('caller_id_not_allowed')
})
