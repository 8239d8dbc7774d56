import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApiOf } from '../../src/api/openapi.ts'
import type { Route } from '../../src/api/route.ts'
import { problemSchema } from '../../src/api/schemas.ts'
import { anyOf, type JsonSchema } from '../support/any-json.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api[Symbol.asyncDispose]())

const runs = 40
const heard = new Map<number, number>()

interface Parameter {
  readonly in: string
  readonly name: string
  readonly required: boolean
  readonly schema: JsonSchema
}

interface Operation {
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> }
  readonly responses: Readonly<
    Record<string, { readonly headers?: Readonly<Record<string, { readonly required: boolean }>> }>
  >
}

const routes = await routesThere()
const { paths } = openApiOf(routes, '0.0.0') as {
  readonly paths: Record<string, Record<string, Operation>>
}

async function routesThere(): Promise<readonly Route[]> {
  await using some = await startApi()
  return some.routes
}

/** Requests as the document describes them, and now and then as it does not. */
function requestsTo(route: Route, { parameters, requestBody }: Operation) {
  const [[mediaType = '', content] = []] = Object.entries(requestBody?.content ?? {})
  const valuesIn = (place: string) => {
    const those = parameters.filter((one) => one.in === place)
    return fc.record(Object.fromEntries(those.map((one) => [one.name, anyOf(one.schema)])), {
      requiredKeys: those.filter(({ required }) => required).map(({ name }) => name),
    })
  }
  return fc.record({
    path: valuesIn('path').map((values) =>
      route.path.replaceAll(/\{(\w+)\}/g, (_, name) => encoded(values[name])),
    ),
    query: valuesIn('query').map((values) =>
      Object.entries(values).map(([name, value]) => `${name}=${encoded(value)}`),
    ),
    body: content ? anyOf(content.schema) : fc.constant(undefined),
    mediaType: fc.constant(mediaType),
  })
}

/** As clients write it; what cannot be written so is left out. */
function encoded(value: unknown): string {
  return encodeURIComponent(String(value ?? '').toWellFormed()) || 'x'
}

// A stream would not end, and a drain is for good.
const asked = routes.filter(({ path }) => !path.endsWith('/stream'))

describe.each(asked.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_name, route) => {
    const operation = paths[route.path]?.[route.method.toLowerCase()] as Operation

    test('answers whatever it is asked as its document says, and never by a fault of ours', async () => {
      await fc.assert(
        fc.asyncProperty(requestsTo(route, operation), async ({ path, query, body, mediaType }) => {
          api.clock.advance(1_000)
          const answer = await api.ask(
            'operator',
            `${route.method} ${path}${query.length > 0 ? `?${query.join('&')}` : ''}`,
            {
              ...(body !== undefined && {
                body: typeof body === 'object' ? JSON.stringify(body) : String(body),
              }),
              headers: {
                ...(body !== undefined && { 'content-type': mediaType }),
                ...(route.conditional && { 'if-match': '*' }),
              },
            },
          )
          heard.set(answer.status, (heard.get(answer.status) ?? 0) + 1)
          expect(Object.keys(operation.responses)).toContain(String(answer.status))
          const own = route.answers[answer.status]
          if (!own) expect(answer.status).toBeLessThan(500)
          const schema = own ? own.schema : problemSchema
          const value = answer.json ?? (answer.text === '' ? undefined : answer.text)
          const { headers = {} } = operation.responses[answer.status] ?? {}
          for (const [name, { required }] of Object.entries(headers)) {
            if (required) expect(answer.headers).toHaveProperty(name.toLowerCase())
          }
          if (schema) expect(schema.safeParse(value).error).toBeUndefined()
          else expect(answer.text).toBe('')
        }),
        { numRuns: runs },
      )
    })
  },
)

test('and much of what was asked was done, and much was not', () => {
  const done = (heard.get(200) ?? 0) + (heard.get(201) ?? 0) + (heard.get(204) ?? 0)
  expect(done).toBeGreaterThan(100)
  expect(heard.get(400)).toBeGreaterThan(100)
  expect(heard.get(401)).toBeUndefined()
  expect(heard.get(429)).toBeUndefined()
})
