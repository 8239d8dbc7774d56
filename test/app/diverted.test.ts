import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openVerification } from '../../src/app/verification.ts'
import { parseIdentityHeader } from '../../src/identity/identity-header.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { testCa } from '../support/certificates.ts'
import { gateOnSockets } from '../support/gate-on-sockets.ts'
import { takePort } from '../support/gate-ports.ts'
import { runInProcess } from '../support/run-in-process.ts'
import { openSigningCarrier } from '../support/signing-carrier.ts'

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

  const port = await takePort()
  const { values, invite, carrier, pbx } = await gateOnSockets({
    folder,
    stack,
    settings: {
      identity: {
        port,
        x5uBase: `https://own.lab.test:${port}`,
        certificate: file('shaken.pem'),
        key: file('shaken.key'),
        tls: { certificate: file('own-web.pem'), key: file('own-web.key') },
      },
      verification: {
        trustAnchors,
        serverCa,
        allowedHosts: [...allowedHosts, `own.lab.test:${port}=127.0.0.1`],
      },
      numbers: [{ tenant: 'acme', number: own }],
      policies: [{ id: 'p', regions: ['US'], homeRegion: 'US', divertedCalls: 'verified' }],
    },
  })
  const passOn = (identity: string, diversion: string) => {
    const fields = [`Diversion: <sip:${diversion}@pbx.example>;reason=no-answer`]
    invite(caller, callee, `Identity: ${identity}`, ...fields)
  }
  const logger = createLogger('silent')
  const stranger = openVerification({ values, clock: systemClock(), logger }).service
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
        orig: { tn: caller.slice(1) },
        dest: { tn: [callee.slice(1)] },
        div: { tn: own.slice(1) },
      },
      parameters: { ppt: 'div' },
    },
  ])
  const asked = {
    sipCallId: 'elsewhere',
    identityHeaders: identities,
    orig: { tn: caller },
    dateHeader: invite.message.first('date'),
    receivedAtMs: Date.now(),
  }
  expect(await stranger.verify({ ...asked, dest: [{ tn: callee }] })).toMatchObject({
    verstat: 'TN-Validation-Passed',
    attestation: 'A',
    divertedFrom: [own.slice(1)],
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
