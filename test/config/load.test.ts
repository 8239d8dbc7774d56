import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { loadSettings, readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'
import { Failure } from '../../src/kernel/failure.ts'

const hash = `sha256:${'ab'.repeat(32)}`

function read(text: string, environment: Record<string, string> = {}) {
  return readSettings({ text, environment })
}

function settingsOf(text: string, environment: Record<string, string> = {}) {
  const result = read(text, environment)
  if (!result.ok) throw new Error(problemsText(result.problems))
  return result.settings
}

function linesOf(text: string, environment: Record<string, string> = {}): string[] {
  const result = read(text, environment)
  if (result.ok) throw new Error('no problem was found')
  return problemsText(result.problems)
    .split('\n')
    .map((line) => line.trim())
}

test('an empty file gives every setting its default', () => {
  const { values, directory } = settingsOf('')
  expect(values['engine.kind']).toBe('embedded')
  expect(values['engine.listen']).toEqual([
    { protocol: 'udp', address: '127.0.0.1', port: 5060 },
    { protocol: 'tcp', address: '127.0.0.1', port: 5060 },
  ])
  expect(values.keyHeader).toBe('X-API-Key')
  expect(values['engine.secret']).toBeUndefined()
  expect(directory.keys).toEqual([])
})

test('the environment outranks the file', () => {
  const { values } = settingsOf('engine: { port: 1000, listen: [udp/127.0.0.1:1] }', {
    TOLLGATE_ENGINE_PORT: '2000',
    TOLLGATE_ENGINE_LISTEN: 'udp/127.0.0.1:5062, tcp/127.0.0.2:0',
  })
  expect(values['engine.port']).toBe(2000)
  expect(values['engine.listen']).toEqual([
    { protocol: 'udp', address: '127.0.0.1', port: 5062 },
    { protocol: 'tcp', address: '127.0.0.2', port: 0 },
  ])
})

test('no lease may outlive a node by more than half a minute, and who sets one is told why', () => {
  expect(settingsOf('limits: { leaseMs: 30000 }').values['limits.leaseMs']).toBe(30_000)
  expect(linesOf('limits: { leaseMs: 30001 }')).toEqual([
    'limits.leaseMs: must be a whole number from 1000 to 30000: no slot of a node that died is lost for longer (given: 30001)',
  ])
})

test('all problems are told at once, each by its full path and with what was given', () => {
  const lines = linesOf(
    `
engine: { kind: foo, lissten: 3, listen: [udp/300.1.1.1:5060] }
keyHeader: "a b"
tenants: [{ id: a }, { id: a, timeZone: Mars/Base }, { id: "b c" }]
policies: [{ id: b, regions: [US, UK], homeRegion: US, limits: { burst: -1, foo: 2 } }]
keys:
  - { id: Ab3dEf6hIj9lMn0p, tenant: x, policy: y, allowedSources: [192.0.2.1], secretHash: "${hash}" }
  - { id: l, tenant: a, policy: b, allowedSources: [] }
numbers:
  - { tenant: a, number: "+12125550100" }
  - { tenant: z, from: "+12125550000", to: "+12125550199" }
  - { tenant: a, number: 12125550101 }
carriers: [{ id: c, gateways: [] }]
nonsense: 1
`,
    { TOLLGATE_ENGINE_PORT: 'abc', TOLLGATE_NOSUCH: '1' },
  )
  expect(lines.sort()).toEqual(
    [
      'engine.kind: must be one of embedded, drachtio (given: "foo")',
      'engine.lissten: no such setting',
      'engine.listen[0]: must look like udp/127.0.0.1:5060 or tls/[::1]:5061;advertise=sip.example.com (given: "udp/300.1.1.1:5060")',
      'keyHeader: must be a header name that begins with X- (given: "a b")',
      'tenants[1].id: "a" is already taken by tenants[0].id',
      'tenants[1].timeZone: is not an IANA time zone such as America/New_York (given: "Mars/Base")',
      'tenants[2].id: must be 1 to 64 letters, digits, ".", "_" or "-" (given: "b c")',
      'policies[0].regions[1]: is not a region: two capital letters (ISO 3166) or "001" (given: "UK")',
      'policies[0].limits.burst: must be a whole number from 0 to 100000 (given: -1)',
      'policies[0].limits.foo: no such setting',
      'keys[0].tenant: no tenant is called "x"',
      'keys[0].policy: no policy is called "y"',
      'keys[0].allowedSources[0]: must be a network in CIDR form such as 192.0.2.0/24 (given: "192.0.2.1")',
      'keys[1]: needs either secretHash or generate: true',
      'numbers[0]: overlaps numbers[1]',
      'numbers[1].tenant: no tenant is called "z"',
      'numbers[2].number: must be text (in quotes: YAML takes digits for a sum) (given: 12125550101)',
      'carriers[0].gateways: needs at least one gateway (given: [])',
      'nonsense: no such setting',
      'TOLLGATE_ENGINE_PORT: must be a whole number from 1 to 65535 (given: "abc")',
      'TOLLGATE_NOSUCH: no such setting',
    ].sort(),
  )
})

test('what would hold for nothing, or for two, is refused', () => {
  const certificate = 'ab'.repeat(32)
  const lines = linesOf(`
tenants:
  - id: a
    officeHours: [{ from: "22:00", to: "06:00" }, { from: "08:00", to: "24:00" }]
policies: [{ id: p, regions: [US], homeRegion: US }]
keys:
  - { id: k, tenant: a, policy: p, allowedSources: [], generate: true, certificates: [${certificate}] }
  - { id: l, tenant: a, policy: p, allowedSources: [], generate: true, certificates: [${certificate.toUpperCase()}] }
`)
  expect(lines.map((line) => line.replaceAll(certificate, 'ab...'))).toEqual([
    'tenants[0].officeHours[0].to: must be later than from; what goes on past midnight is two entries (given: "06:00")',
    'keys[1].certificates[0]: "ab..." is already taken by keys[0].certificates[0]',
  ])
})

test('a fault in a list of the environment shows the whole list', () => {
  expect(linesOf('', { TOLLGATE_ENGINE_LISTEN: 'udp/127.0.0.1:5060,foo' })).toEqual([
    'TOLLGATE_ENGINE_LISTEN[1]: must look like udp/127.0.0.1:5060 or tls/[::1]:5061;advertise=sip.example.com (given: "udp/127.0.0.1:5060,foo")',
  ])
})

test('no problem shows a secret, wherever it was put', () => {
  const key = 'tg_live_abcdefgh_0123456789abcdefghijklmnop'
  const lines = linesOf(
    `
engine: { secret: [hunter2] }
keyHeader: ${key}${key}
store: { path: { ${key}: 1 } }
tenants: [{ id: "${key} x", secret: hunter2 }]
keys: [{ id: k, tenant: ${key}, policy: p, allowedSources: [], secretHash: ${key} }]
${key}: 1
`,
    { TOLLGATE_ENGINE_SECRET: '' },
  ).join('\n')
  expect(lines).toContain('secretHash')
  expect(lines).not.toContain('hunter2')
  expect(lines).not.toContain('0123456789')
})

test('a secret never comes out of the settings by printing them', () => {
  const settings = settingsOf('', { TOLLGATE_ENGINE_SECRET: 'hunter2' })
  expect(inspect(settings, { depth: 9 })).not.toContain('hunter2')
  expect(JSON.stringify(settings)).not.toContain('hunter2')
  expect(settings.values['engine.secret']?.reveal()).toBe('hunter2')
})

test('text that is not YAML is refused by its line, without quoting it', () => {
  const lines = linesOf('a: 1\nengine: { secret: "hunter2\n')
  expect(lines.join()).toMatch(/^line \d+: is not YAML/)
  expect(lines.join()).not.toContain('hunter2')
})

test('a file that cannot be read is a failure with a code', () => {
  const load = () => loadSettings('/nonexistent/tollgate.yaml', {})
  expect(load).toThrow(Failure)
  expect(load).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})

test('drachtio without a secret is refused', () => {
  expect(linesOf('engine: { kind: drachtio }')).toEqual([
    'engine.secret: is missing (engine.kind: drachtio needs it)',
  ])
})

test('a secure listener without a certificate, or half of one, is refused', () => {
  expect(linesOf('engine: { listen: ["tls/127.0.0.1:5061"] }')).toEqual([
    'engine.tls.certificate: is missing (engine.listen: tls needs it)',
    'engine.tls.key: is missing (engine.listen: tls needs it)',
  ])
  expect(linesOf('engine: { tls: { certificate: a.pem } }')).toEqual([
    'engine.tls.key: is missing (engine.tls needs it)',
  ])
})

test('a path written as one name is told, not taken for a setting that keeps its default', () => {
  const why = 'no such setting (each part of a path is a section)'
  expect(linesOf('audit.dir: /srv/audit')).toEqual([`audit.dir: ${why}`])
  expect(linesOf('engine: { tls.key: a.key }')).toEqual([`engine.tls.key: ${why}`])
})

test('settings within a section of a section are found, and mistyped ones told', () => {
  const { values } = settingsOf('engine: { tls: { certificate: a.pem, key: a.key } }')
  expect(values['engine.tls.certificate']).toBe('a.pem')
  expect(linesOf('engine: { tls: { cert: a.pem } }')).toEqual(['engine.tls.cert: no such setting'])
  expect(linesOf('engine: { tls: a.pem }')).toEqual([
    'engine.tls: must hold named settings (given: "a.pem")',
  ])
})

test('a listener on all addresses may have a name of its own', () => {
  const { values } = settingsOf('engine: { listen: ["tcp/[::]:5060;advertise=[2001:db8::1]"] }')
  expect(values['engine.listen']).toEqual([
    { protocol: 'tcp', address: '::', port: 5060, advertise: '2001:db8::1' },
  ])
})

test('a gateway may be an IPv6 address, and has the port of its transport', () => {
  const gateways = '[{ id: a, host: "[2001:db8::1]", transport: tls }, { id: b, host: "::1" }]'
  const engine = 'listen: ["tls/[::1]:0", "udp/[::1]:0"], tls: { certificate: a, key: b }'
  const { directory } = settingsOf(
    `{ engine: { ${engine} }, carriers: [{ id: one, gateways: ${gateways} }] }`,
  )
  expect(directory.carriers[0]?.gateways).toMatchObject([
    { host: '2001:db8::1', port: 5061, transport: 'tls' },
    { host: '::1', port: 5060, transport: 'udp' },
  ])
})

test('a gateway that no listener could send to is refused', () => {
  const gateways = '[{ id: a, host: 192.0.2.1 }, { id: b, host: 192.0.2.1, transport: tls }]'
  expect(linesOf(`carriers: [{ id: one, gateways: ${gateways} }]`)).toEqual([
    'carriers[0].gateways[1].transport: needs a listener of tls in engine.listen',
  ])
})

test('listening on every address without a name to be called back by is refused', () => {
  expect(linesOf('engine: { listen: [udp/0.0.0.0:5060] }')).toEqual([
    'engine.advertisedHost: is missing (engine.listen names no address to call back)',
  ])
})

test('what is given is shown without what may be secret in it', () => {
  const text = `
identity: { x5uBase: "https://user:hunter2@certificates.example.com" }
keys:
  - { secret: hunter2, id: k, tenant: a, policy: p, allowedSources: [] }
log: [{ secret: hunter2 }]
alerts: { webhookUrl: "https://hooks.example.com/in?t=hunter2#hunter2", webhookSecret: x }
`
  const lines = linesOf(text)
  expect(lines.join('\n')).not.toContain('hunter2')
  expect(lines).toContain(
    'identity.x5uBase: must be an http or https URL without user, query or fragment ' +
      '(given: "https://[secret]@certificates.example.com")',
  )
  expect(lines.join('\n')).toContain('(given: "https://hooks.example.com/in?[secret]")')
  expect(lines).toContain('keys[0]: needs either secretHash or generate: true')
})

test('a list that holds itself is a problem like any other', () => {
  expect(linesOf('tenants: &all [*all]')).toEqual(['tenants[0]: must hold named settings'])
})

test('an answer of the operator names one reason, and sounds like no other', () => {
  const { directory } = settingsOf(
    'refusals: [{ reason: daily_limit_exceeded, status: 402 }, { reason: no_route, phrase: Nowhere }]',
  )
  expect(directory.refusals.daily_limit_exceeded).toMatchObject({ status: 402 })
  expect(directory.refusals.no_route).toMatchObject({ status: 404, phrase: 'Nowhere' })
  const lines = linesOf(`
refusals:
  - { reason: credentials_invalid, status: 404 }
  - { reason: scope_denied, status: 429 }
  - { reason: scope_denied, phrase: "Denied\\r\\nX: y" }
  - { reason: no_route, phrase: Key Expired, status: 403 }
  - { reason: no_route, status: 480 }
  - { reason: do_not_call }
  - { reason: unheard_of, status: 403 }
`)
  const paths = lines.map((line) => line.split(' ')[0])
  expect(paths).toEqual([
    'refusals[0].reason:',
    'refusals[1].status:',
    'refusals[2].phrase:',
    'refusals[5]:',
    'refusals[6].reason:',
    'refusals[4].reason:',
  ])
  expect(linesOf('refusals: [{ reason: no_route, status: 403, phrase: Key Expired }]')).toEqual([
    'refusals[0]: "403 Key Expired" is already the answer to key_expired',
  ])
})

test('a tenant whose budget would refuse every call, for want of a price, is refused itself', () => {
  const budget = 'limits: { budget: { currency: USD, perDayMicros: 7 } }'
  expect(linesOf(`tenants: [{ id: a, ${budget} }]`)).toEqual([
    'tenants[0].limits.budget: needs rateDeck: with no price known every call is refused',
  ])
  const decks = 'rateDecks: [{ id: usual, file: deck.csv }]'
  const { directory } = settingsOf(`${decks}\ntenants: [{ id: a, rateDeck: usual, ${budget} }]`)
  expect(directory.tenants[0]).toMatchObject({ rateDeck: 'usual' })
})

test('a carrier counts in its own time zone, and its money by its own deck', () => {
  const gateways = 'gateways: [{ id: east, host: 192.0.2.1, limits: { callsPerMonthMax: 5 } }]'
  const { directory } = settingsOf(`
rateDecks: [{ id: wholesale, file: deck.csv }]
carriers:
  - id: a
    timeZone: Europe/Paris
    rateDeck: wholesale
    limits: { callsPerDayMax: 9, attemptsPerCallee24hMax: 2, budget: { currency: EUR, perDayMicros: 7 } }
    ${gateways}
`)
  expect(directory.carriers[0]).toMatchObject({
    timeZone: 'Europe/Paris',
    rateDeck: 'wholesale',
    limits: { callsPerDayMax: 9, attemptsPerCallee24hMax: 2, budget: { perDayMicros: 7 } },
    gateways: [{ limits: { callsPerMonthMax: 5 } }],
  })
  const budget = 'limits: { budget: { currency: EUR, perDayMicros: 7 } }'
  expect(linesOf(`carriers: [{ id: a, ${budget}, ${gateways} }]`)).toEqual([
    'carriers[0].rateDeck: is missing',
  ])
  expect(linesOf(`carriers: [{ id: a, rateDeck: lost, ${gateways} }]`)).toEqual([
    'carriers[0].rateDeck: no rate deck is called "lost"',
  ])
})
