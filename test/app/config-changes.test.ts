import { expect, test } from 'vitest'
import { changesOf } from '../../src/app/config-changes.ts'
import { declarationsOf } from '../../src/config/declaration-texts.ts'
import { readSettings } from '../../src/config/load.ts'
import type { Declared } from '../../src/records/declared.ts'

const secret = 'f'.repeat(64)
const hash = `sha256:${secret}`

function declared(more = '', environment = {}) {
  const text = `
tenants: [{ id: acme }]
policies: [{ id: us, regions: [US], homeRegion: US }]
numbers: [{ tenant: acme, number: "+12125550100", right: letter }]
${more}
`
  const result = readSettings({ text, environment })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return declarationsOf(result.settings)
}

function known(declarations: ReturnType<typeof declared>): Declared {
  return new Map(declarations.map((each) => [`${each.subject} ${each.id}`, each]))
}

const key = (sources: string) =>
  `keys: [{ id: 0123456789abcdef, tenant: acme, policy: us, allowedSources: [${sources}], secretHash: "${hash}" }]`

test('what is new, other or gone is told, with what it was and is', () => {
  const before = known(declared('log: { level: info }'))
  const changes = changesOf(declared(`log: { level: warn }\n${key('192.0.2.0/24')}`), before)
  expect(changes).toMatchObject([
    { subject: 'setting', id: 'log.level', before: '"info"', after: '"warn"' },
    { subject: 'key', id: '0123456789abcdef', tenantId: 'acme', networks: '192.0.2.0/24' },
  ])
  expect(changes[1]?.before).toBeUndefined()
  const after = known(declared(key('192.0.2.0/24')))
  expect(changesOf(declared(key('192.0.2.0/24')), after)).toEqual([])
  expect(changesOf(declared(key('198.51.100.0/24')), after)).toHaveLength(1)
  const gone = changesOf(declared(), after)
  expect(gone).toMatchObject([{ subject: 'key', id: '0123456789abcdef' }])
  expect(gone[0]?.after).toBeUndefined()
})

test('no credential and no personal data is in what is told', () => {
  const environment = {
    TOLLGATE_MASTER_KEY: 'a1'.repeat(32),
    TOLLGATE_ALERTS_WEBHOOK_URL: 'https://hooks.example/T0/secret-path',
    TOLLGATE_ALERTS_WEBHOOK_SECRET: 'hush-hush',
  }
  const texts = declared(key('192.0.2.0/24'), environment).map(({ text }) => text)
  for (const hidden of ['a1a1a1', 'secret-path', 'hush-hush', secret, '192.0.2', '+1212']) {
    expect(texts.filter((text) => text.includes(hidden))).toEqual([])
  }
})
