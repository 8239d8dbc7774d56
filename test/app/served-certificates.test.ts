import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGate } from '../../src/app.ts'
import { readSettings } from '../../src/config/load.ts'
import { silentLogger as logger } from '../../src/kernel/logger.ts'
import { testCa } from '../support/certificates.ts'
import { openedEvents } from '../support/gate-audit.ts'
import { soon } from '../support/soon.ts'

const dayMs = 86_400_000
const names = ['own', 'other', 'api']

test('the ends of the certificates of SIP and of the API are told of, and are others after a reload', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-served-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  const put = async (validMs: number) => {
    const ca = await testCa('Test CA', validMs)
    for (const name of names) {
      const { certificate, key } = await ca.issue(`DNS:${name}.example`)
      await writeFile(join(folder, `${name}.pem`), certificate)
      await writeFile(join(folder, `${name}.key`), key)
    }
  }
  const pair = (name: string) => {
    return { certificate: `${folder}/${name}.pem`, key: `${folder}/${name}.key` }
  }
  await put(5 * dayMs)
  const second = `other.example;certificate=${folder}/other.pem;key=${folder}/other.key`
  const result = readSettings({
    text: JSON.stringify({
      engine: {
        listen: ['tls/127.0.0.1:0'],
        tls: { ...pair('own'), names: [second] },
      },
      store: { path: ':memory:' },
      audit: { dir: `${folder}/audit` },
      identity: { certificateDir: `${folder}/identity`, port: 0 },
      api: { listen: 'https/127.0.0.1:0', tls: pair('api') },
    }),
    environment: {},
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const gate = stack.use(await startGate(result.settings, { logger }))
  const daysLeft = () =>
    gate.certificates().flatMap(({ use, name, notAfterMs }) => {
      const days = Math.round((notAfterMs - Date.now()) / dayMs)
      return use === 'signing' ? [] : [[use, name, days]]
    })
  expect(daysLeft()).toEqual([
    ['sip', undefined, 5],
    ['sip', 'other.example', 5],
    ['api', undefined, 5],
  ])
  await soon(async () => {
    const events = await openedEvents(`${folder}/audit`)
    const told = events.flatMap((each) => (each.type === 'alert.raised' ? [each.figures] : []))
    expect(told).toMatchObject([
      { use: 'sip', daysLeft: 4 },
      { use: 'sip', name: 'other.example', daysLeft: 4 },
      { use: 'api', daysLeft: 4 },
    ])
  })
  await put(60 * dayMs)
  await gate.reload()
  expect(daysLeft().map(([, , days]) => days)).toEqual([60, 60, 60])
})
