import { createPublicKey } from 'node:crypto'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseIdentityHeader } from '../../src/identity/identity-header.ts'
import { verifies } from '../identity/support.ts'
import { gateOnSockets } from '../support/gate-on-sockets.ts'
import { runInProcess } from '../support/run-in-process.ts'

const [own, callee] = ['+12125550150', '+12125550199']

test('a running gate changes its certificate between two calls, and both of them verify', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-rotation-'))
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => {
    await stack.disposeAsync()
    await rm(folder, { recursive: true })
  })
  const file = (name: string) => join(folder, name)
  const name = ['--organization', 'Test']
  await runInProcess('certs', 'ca', '--name', 'CA', ...name, '--out', file('ca'))
  for (const [spc, out] of [
    ['OLD', 'own'],
    ['NEW', 'next'],
  ] as const) {
    const order = ['--ca', file('ca'), '--spc', spc, ...name, '--out', file(out)]
    expect(await runInProcess('certs', 'issue', ...order)).toMatchObject({ code: 0 })
  }
  const { gate, carrier, invite } = await gateOnSockets({
    folder,
    stack,
    settings: {
      identity: { port: 0, certificate: file('own.pem'), key: file('own.key') },
      numbers: [{ tenant: 'acme', number: own }],
      policies: [{ id: 'p', regions: ['US'], homeRegion: 'US' }],
    },
  })
  const signed = async () => {
    invite(own, callee)
    return (await carrier.request('INVITE')).message.first('identity') ?? ''
  }
  const first = await signed()
  for (const end of ['pem', 'key']) await rename(file(`next.${end}`), file(`own.${end}`))
  await gate.reload()
  const second = await signed()
  const places = [first, second].map((value) => String(parseIdentityHeader(value)?.header.x5u))
  expect(new Set(places).size).toBe(2)
  expect(gate.certificateUrl).toBe(places[1])
  for (const [at, value] of [first, second].entries()) {
    const chain = await (await fetch(String(places[at]))).text()
    expect(verifies(value, createPublicKey(chain))).toBe(true)
  }
  expect(gate.certificates()).toEqual([{ use: 'signing', notAfterMs: expect.any(Number) }])
})
