import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import {
  callee,
  caller,
  forge,
  origId,
  shakenClaims,
  shakenHeader,
} from '../identity/verification/forge.ts'
import { type Holder, issue } from '../identity/verification/pki.ts'
import { testCa } from '../support/certificates.ts'
import { runInProcess } from '../support/run-in-process.ts'

let folder: string
let leaf: Holder
let x5u: string
let server: ReturnType<typeof createServer>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-verify-'))
  const nowMs = systemClock().now()
  const root = await issue({ ca: true, nowMs })
  leaf = await issue({ issuer: root, nowMs })
  const ca = await testCa()
  const { certificate, key } = await ca.issue('DNS:cert.lab.test')
  server = createServer({ cert: certificate, key }, (_request, response) => response.end(leaf.pem))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  x5u = `https://cert.lab.test:${port}/shaken.pem`
  writeFileSync(join(folder, 'anchors.pem'), root.pem)
  writeFileSync(join(folder, 'web.pem'), ca.pem)
  const verification = {
    trustAnchors: join(folder, 'anchors.pem'),
    serverCa: join(folder, 'web.pem'),
    allowedHosts: [`cert.lab.test:${port}=127.0.0.1`],
  }
  writeFileSync(join(folder, 'tollgate.yaml'), JSON.stringify({ verification }))
  writeFileSync(join(folder, 'plain.yaml'), '{}')
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

function identity(more: object = {}): string {
  const claims = { ...shakenClaims(systemClock().now()), ...more }
  return forge({ key: leaf.privateKey, header: shakenHeader(x5u), claims })
}

function request(field: string, more: readonly string[] = []): string {
  return [
    `INVITE sip:+${callee}@gate.example.com;user=phone SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    `f: "Alice" <sip:+${caller}@example.org>;tag=1`,
    `t: <sip:+${callee}@gate.example.com>`,
    'i: one@example.org',
    'CSeq: 1 INVITE',
    ...more,
    field,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

function run(text: string, ...args: string[]) {
  const file = join(folder, 'input')
  writeFileSync(file, text)
  return runInProcess(
    'passport',
    'verify',
    file,
    '--config',
    join(folder, 'tollgate.yaml'),
    ...args,
  )
}

test('a call is verified from its message, folded lines and compact names included', async () => {
  for (const field of [
    `Identity: ${identity()}`,
    `y: ${identity().replace(';info', '\r\n ;info')}`,
  ]) {
    const { code, out, err } = await run(request(field))
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n')).toEqual([
      'TN-Validation-Passed',
      '  attestation: A',
      `  origid: ${origId}`,
      '  signed by: O=Carrier, CN=SHAKEN 709J',
      '  issued by: O=Test STI-CA, CN=SHAKEN Root',
      expect.stringMatching(/^ {2}serial: [0-9a-f]+$/),
      '  speaks for: 709J',
      '  1. shaken: valid',
    ])
  }
})

test('a header alone is held against what it says itself, and that is said', async () => {
  const { code, out, err } = await run(identity(), '--json')
  expect(JSON.parse(out)).toMatchObject({ verstat: 'TN-Validation-Passed', attestation: 'A' })
  expect(code).toBe(0)
  expect(err).toContain('No call came with it')
})

test('a header is held against the numbers of the command line', async () => {
  const right = await run(identity(), '--from', `+${caller}`, '--to', callee.slice(1))
  expect([right.code, right.err]).toEqual([0, ''])
  const wrong = await run(identity(), '--from', '+12155550122', '--to', `+${callee}`)
  expect(wrong.code).toBe(1)
  expect(wrong.out).toContain('orig_mismatch (The PASSporT is of another caller.)')
})

test.each([
  [['--from', 'alice'], '--from must be a number'],
  [['--to', 'bob@example.org'], '--to must be a number'],
  [['--region', 'usa'], '--region is not a region'],
])('%j is a mistake of who asks, and no caller that is not verified', async (args, why) => {
  const { code, out, err } = await run(identity(), ...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(why)
})

test('a caller that no number can be is asked about as any other', async () => {
  const { code, out } = await run(identity(), '--from', '+12155', '--to', `+${callee}`)
  expect([code, out.includes('orig_mismatch')]).toEqual([1, true])
})

test('the caller that the network asserts counts before From', async () => {
  const asserted = [`P-Asserted-Identity: <tel:+1-215-555-0122>`]
  const { code, out } = await run(request(`Identity: ${identity()}`, asserted))
  expect(code).toBe(1)
  expect(out).toContain('TN-Validation-Failed\n  would be: 438 Invalid Identity Header')
})

test('a call that is not verified ends with 1 and says why', async () => {
  const none = await run(request('X-Nothing: 1'))
  expect(none).toMatchObject({ code: 1 })
  expect(none.out).toContain(
    'No-TN-Validation\n  would be: 428 Use Identity Header\n  identity_missing',
  )
  const later = new Date(systemClock().now() + 120_000).toISOString()
  const stale = await run(request(`Identity: ${identity()}`), '--at', later)
  expect(stale.out).toContain('1. shaken: invalid, iat_stale (Signed too long ago.)')
})

test('what cannot be found out ends with 3, a wrong command line with 2', async () => {
  const file = join(folder, 'input')
  const config = ['--config', join(folder, 'plain.yaml')]
  expect(await runInProcess('passport', 'verify', file, ...config)).toMatchObject({
    code: 3,
    err: 'tollgate: verification.trustAnchors: names no file',
  })
  expect(
    (
      await runInProcess(
        'passport',
        'verify',
        join(folder, 'none'),
        '--config',
        join(folder, 'tollgate.yaml'),
      )
    ).code,
  ).toBe(3)
  expect((await runInProcess('passport', 'verify', ...config)).code).toBe(2)
  expect((await run(identity(), '--at', 'noon')).code).toBe(2)
})
