import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mayUse } from '../../src/api/caller.ts'
import type { Route } from '../../src/api/route.ts'
import { scopes } from '../../src/domain/policy.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { type ApiKeyName, startApi } from '../support/api.ts'
import { whoMay } from '../support/api-access.ts'
import { sampleOf } from '../support/api-samples.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api[Symbol.asyncDispose]())

/** Who comes with what cannot be used, and the one thing that each hears. */
const turnedAway: readonly (readonly [ApiKeyName, number, string])[] = [
  ['elsewhere', 401, 'credentials_invalid'],
  ['operatorElsewhere', 401, 'credentials_invalid'],
  ['suspended', 403, 'key_suspended'],
  ['revoked', 403, 'key_revoked'],
  ['expired', 403, 'key_expired'],
  ['orphan', 403, 'tenant_suspended'],
  ['operatorSuspended', 403, 'key_suspended'],
  ['operatorExpired', 403, 'key_expired'],
]

const routes = await routesThere()
const guarded = routes.filter(({ access }) => access !== 'anybody')

/** The table itself, which is the same for every API. */
async function routesThere(): Promise<readonly Route[]> {
  await using some = await startApi()
  return some.routes
}

function asked(route: Route) {
  const { url, ...options } = sampleOf(route, api.idOf('subject'))
  return { operation: `${route.method} ${url}`, options }
}

/** Asks at a moment when nobody is over a rate. */
async function ask(name: ApiKeyName | undefined, route: Route, headers = {}) {
  api.clock.advance(1_000)
  const { operation, options } = asked(route)
  const heard = api.ask(name, operation, {
    ...options,
    headers: { ...options.headers, ...headers },
  })
  return await (route.path.endsWith('/stream') ? untilItEnds(heard) : heard)
}

/** A stream ends when its time is over. */
async function untilItEnds<Heard>(heard: Promise<Heard>): Promise<Heard> {
  let isOver = false
  void heard.finally(() => {
    isOver = true
  })
  while (!isOver) {
    api.clock.advance(600_000)
    await new Promise(setImmediate)
  }
  return heard
}

function typeOf(json: { readonly type?: string }): string | undefined {
  return json?.type?.split(':').at(-1)
}

test('there are operations, and only those of health and reference are for anybody', () => {
  expect(guarded.length).toBeGreaterThan(20)
  const open = routes.filter(({ access }) => access === 'anybody').map(({ path }) => path)
  expect(open.sort()).toEqual([
    ...['/v1/health/live', '/v1/health/ready', '/v1/openapi.json', '/v1/reference'],
  ])
})

test('every operation of the document is listed with whom it is for, and no other', async () => {
  const { json } = await api.ask(undefined, 'GET /v1/openapi.json')
  const documented = Object.entries<object>(json.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(documented.sort()).toEqual(Object.keys(whoMay).sort())
  const theirs = routes.map(({ method, path, access }) => [
    `${method} ${path}`,
    access === 'anybody'
      ? access
      : [access.operator && 'operator', access.scope].filter(Boolean).join(' '),
  ])
  expect(Object.fromEntries(theirs)).toEqual(whoMay)
})

describe.each(guarded.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_name, route) => {
    test('lets nobody in without a key, or with one that is nobody’s', async () => {
      const nobody = await ask(undefined, route)
      expect([nobody.status, typeOf(nobody.json)]).toEqual([401, 'credentials_missing'])
      const unknown = mintKey(systemRandom(), 'live').text.reveal()
      const good = api.textOf('admin')
      const wrong = good.slice(0, 25) + unknown.slice(25)
      const heard = new Set<string>()
      for (const text of [unknown, wrong, good.slice(0, -1), `${good}x`, '']) {
        const { status, json } = await ask(undefined, route, { authorization: `Bearer ${text}` })
        heard.add(`${status} ${JSON.stringify(json)}`)
      }
      expect([...heard]).toHaveLength(1)
      expect([...heard][0]).toContain('credentials_invalid')
    })

    test('turns away every key that may not be used now or from here', async () => {
      for (const [name, status, type] of turnedAway) {
        const answer = await ask(name, route)
        expect([name, answer.status, typeOf(answer.json)]).toEqual([name, status, type])
      }
    })

    test('is for those alone whom its row names', async () => {
      for (const scope of scopes) {
        const policy = { scopes: [scope] }
        const may = mayUse(route.access, { kind: 'tenant', policy } as never)
        expect(may).toBe(whoMay[`${route.method} ${route.path}`]?.split(' ').includes(scope))
        const { status, json } = await ask(scope, route)
        if (may) expect([scope, status]).not.toEqual([scope, 401])
        else expect([scope, status, typeOf(json)]).toEqual([scope, 403, 'scope_denied'])
      }
      const { json } = await ask('operator', route)
      const isOperators = route.access !== 'anybody' && route.access.operator
      expect(typeOf(json) === 'scope_denied').toBe(!isOperators)
    })

    test('answers the operator by its own schemas', async () => {
      const { status, text, json } = await ask('operator', route)
      const row = route.answers[status]
      // A request that is not even read says nothing of who may do what: each has its sample.
      expect([400, 405, 415, 500]).not.toContain(status)
      if (status < 400) expect(row, text).toBeDefined()
      if (row?.schema && json !== undefined)
        expect(row.schema.safeParse(json).error).toBeUndefined()
    })

    if (route.params) {
      test('knows what is not there and what is another tenant’s by one answer', async () => {
        const own = await ask('admin', route)
        const foreign = await ask('stranger', route)
        if (own.status === 403) return expect(foreign.text).toBe(own.text)
        const { operation, options } = asked(route)
        api.clock.advance(1_000)
        const missing = operation.replace(api.idOf('subject'), '0'.repeat(16))
        const nothing = await api.ask('stranger', missing, options)
        expect(foreign).toMatchObject({ status: nothing.status, text: nothing.text })
      })
    }
  },
)

test('no answer and no event of all that has a secret in it', () => {
  const written = JSON.stringify(api.events)
  for (const [name, { text }] of api.keys) {
    expect([name, written.includes(text.reveal().slice(26, 69))]).toEqual([name, false])
  }
})
