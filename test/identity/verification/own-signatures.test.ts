import { expect, test } from 'vitest'
import { issueAuthority, issueShaken } from '../../../src/identity/issue-certificate.ts'
import { createSigner } from '../../../src/identity/signer.ts'
import { isSameParty } from '../../../src/identity/verification/parties.ts'
import { readCertificates } from '../../../src/identity/verification/pem-chain.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { statement } from '../support.ts'
import { x5u } from './forge.ts'
import { Lab, page } from './lab.ts'

const dayMs = 86_400_000

/** A lab that trusts the authority of a gate, and the signer of that gate. */
async function gate() {
  const start = (await Lab.open()).clock.now()
  const making = { nowMs: start, validMs: dayMs, random: systemRandom() }
  const authority = await issueAuthority({ organization: 'Test', commonName: 'CA' }, making)
  const name = { organization: 'Test', commonName: 'SHAKEN 709J' }
  const issued = await issueShaken({ name, entries: [{ spc: '709J' }] }, authority, making)
  const anchors = readCertificates(authority.certificatePem) ?? []
  // A CA of one's own works under no policy of the STI-PA.
  const lab = await Lab.open({ anchors, policies: [] })
  lab.pages.set(x5u, page(issued.certificatePem + authority.certificatePem))
  return { lab, signer: createSigner({ privateKey: issued.privateKey, x5u, clock: lab.clock }) }
}

test('what a gate signs is verified, with its Date and its rich call data', async () => {
  const { lab, signer } = await gate()
  const rcd = { data: { name: 'Bank of Iowa', reason: 'Your card' }, ppt: 'rcd' } as const
  const { identities, dateHeader } = await signer.sign({ ...statement, rcd })
  expect(await lab.verify(identities, { dateHeader })).toMatchObject({
    verstat: 'TN-Validation-Passed',
    attestation: 'A',
    origId: statement.origId,
    rcd: { name: 'Bank of Iowa', reason: 'Your card' },
    passports: [{ outcome: 'valid' }, { outcome: 'valid' }],
  })
})

test('a diversion that a gate signs leads back to the first callee', async () => {
  const { lab, signer } = await gate()
  const { identities: first } = await signer.sign(statement)
  const hops = [{ from: statement.destE164, to: '+12155550141' }]
  const div = { orig: { tn: statement.origE164.slice(1) }, hops }
  const { identities: diverted } = await signer.sign({ ...statement, div })
  const dest = [{ tn: '+12155550141' }]
  expect(await lab.verify([...first, ...diverted], { dest })).toMatchObject({
    verstat: 'TN-Validation-Passed',
    divertedFrom: ['12155550131'],
  })
})

test.each([
  ['sip:bob@Example.com', 'SIP:bob@example.com:5060;transport=tcp', true],
  ['sip:bob@[2001:db8::1]:5061', 'sip:bob@[2001:DB8::1]', true],
  ['sip:bob@example.com', 'sip:Bob@example.com', false],
  ['sip:bob@example.com', 'sips:bob@example.com', false],
  ['sip:bob@example.com', 'sip:bob@example.com.evil.org', false],
])('%s and %s name one party: %s', (one, other, isOne) => {
  expect(isSameParty({ uri: one }, { uri: other })).toBe(isOne)
})
