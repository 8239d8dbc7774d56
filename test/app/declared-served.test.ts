import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGate } from '../../src/app.ts'
import { readSettings } from '../../src/config/load.ts'
import { silentLogger as logger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { soon } from '../support/soon.ts'

test('a gate goes by what it is told over HTTP: a tenant that is new is there, suspended it is, and its file is read again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-declared-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  const key = mintKey(systemRandom(), 'live')
  const secretHash = `sha256:${key.secretHash.toString('hex')}`
  const settings = (more: object) => {
    const operators = [{ id: key.id, secretHash, allowedSources: ['127.0.0.1/32'] }]
    const result = readSettings({
      text: JSON.stringify({
        engine: { listen: ['udp/127.0.0.1:0'] },
        store: { path: ':memory:' },
        audit: { dir: `${folder}/audit` },
        identity: { certificateDir: `${folder}/identity`, port: 0 },
        api: { listen: 'http/127.0.0.1:0' },
        operators,
        ...more,
      }),
      environment: {},
    })
    if (!result.ok) throw new Error(JSON.stringify(result.problems))
    return result.settings
  }
  const written = { file: {} }
  const readFile = () => settings(written.file)
  const gate = stack.use(await startGate(readFile(), { logger, readFile }))
  const authorization = `Bearer ${key.text.reveal()}`
  const put = (body: object, headers: Readonly<Record<string, string>>) =>
    fetch(`${gate.apiUrl}/v1/tenants/fresh`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { authorization, 'content-type': 'application/json', ...headers },
    })
  const status = async () => {
    const url = `${gate.apiUrl}/v1/tenants/fresh/status`
    return JSON.parse(await (await fetch(url, { headers: { authorization } })).text()).status
  }
  const made = await put({ id: 'fresh' }, { 'if-none-match': '*' })
  expect(made.status).toBe(201)
  await soon(async () => expect(await status()).toBe('active'))
  const suspended = { id: 'fresh', status: 'suspended' }
  const changed = await put(suspended, { 'if-match': made.headers.get('etag') ?? '' })
  expect(changed.status).toBe(200)
  await soon(async () => expect(await status()).toBe('suspended'))
  const reload = () =>
    fetch(`${gate.apiUrl}/v1/reload`, { method: 'POST', headers: { authorization } })
  const policies = [{ id: 'us', regions: ['US'], homeRegion: 'US' }]
  written.file = { tenants: [{ id: 'filed' }], policies, log: { level: 'warn' } }
  expect(await (await reload()).json()).toEqual({ atNextStart: ['log.level'], strandedKeys: [] })
  const filed = `${gate.apiUrl}/v1/tenants/filed`
  expect((await fetch(filed, { headers: { authorization } })).status).toBe(200)
  const minted = await fetch(`${gate.apiUrl}/v1/keys`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ tenant: 'filed', policy: 'us', allowedSources: ['192.0.2.0/24'] }),
  })
  const { id: keyId } = (await minted.json()) as { id: string }
  written.file = { policies }
  expect(await (await reload()).json()).toEqual({
    atNextStart: [],
    strandedKeys: [{ keyId, reason: 'no tenant is called "filed"' }],
  })
  written.file = { operators: [], policies }
  expect((await reload()).status).toBe(200)
  expect((await fetch(filed, { headers: { authorization } })).status).toBe(401)
})
