import { afterAll, beforeAll, expect, test } from 'vitest'
import { listRows } from '../../src/api/routes/declared-schemas.ts'
import { entryTypes } from '../../src/config/declarations.ts'
import { startApi } from '../support/api.ts'

/** A JSON value of the document. */
type Json = Readonly<Record<string, unknown>>

let api: Awaited<ReturnType<typeof startApi>>
let served: Json

beforeAll(async () => {
  api = await startApi()
  served = (await api.ask(undefined, 'GET /v1/openapi.json')).json
})

afterAll(() => api[Symbol.asyncDispose]())

/** Members of a schema that hold schemas: of its properties, and of what may stand in its place. */
const holdsByName = ['properties', '$defs', 'patternProperties']
const holds = ['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf', 'prefixItems', 'not']

/** `where` of every property of a schema, at any depth, that nothing is said of. */
function unsaid(where: string, schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap((one) => unsaid(where, one))
  if (typeof schema !== 'object' || schema === null) return []
  const own = Object.entries(schema as Json)
  return own.flatMap(([member, held]) => {
    if (holds.includes(member)) return unsaid(where, held)
    if (!holdsByName.includes(member)) return []
    return Object.entries(Object(held)).flatMap(([name, property]) => {
      const at = `${where}.${name}`
      return [...(isSaid(property) ? [] : [at]), ...unsaid(at, property)]
    })
  })
}

/** Whether a sentence says what it is. */
function isSaid(described: unknown): boolean {
  return /\S[.]$/.test(String(Object(described).description ?? ''))
}

/** Every schema of the document, and where it stands: in a parameter, a body, an answer. */
function schemasOf(where: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, held]) => {
    const at = `${where} ${name}`
    return name === 'schema' ? [[at, held] as [string, unknown]] : schemasOf(at, held)
  })
}

test('every property of every body and answer is described', () => {
  const { paths, components } = served
  const { schemas } = Object(components)
  const all = [...schemasOf('', paths), ...Object.entries(Object(schemas))]
  expect(all.length).toBeGreaterThan(100)
  const missing = all.flatMap(([where, schema]) => unsaid(where, schema))
  expect(missing).toEqual([])
})

test('every parameter and every header of an answer is described', () => {
  const operations = Object.entries(Object(served.paths)).flatMap(([path, methods]) =>
    Object.entries(Object(methods)).map(([method, one]) => [`${method} ${path}`, Object(one)]),
  )
  const missing = operations.flatMap(([name, { parameters, responses }]) => [
    ...parameters
      .filter((one: Json) => !isSaid(one))
      .map((one: Json) => `${name} ${one.in} ${one.name}`),
    ...Object.entries<Json>(responses).flatMap(([status, { headers }]) =>
      Object.entries<Json>(Object(headers))
        .filter(([, header]) => !isSaid(header))
        .map(([header]) => `${name} ${status} ${header}`),
    ),
  ])
  expect(missing).toEqual([])
})

test('every example of a body is one that the operation takes', () => {
  const entryTypeOf = (path: string) => {
    const row = listRows.find((one) => path.startsWith(`/v1/${one.path}/`))
    return row && entryTypes[row.list]
  }
  const judged = api.routes.flatMap(({ method, path, body }) => {
    const { examples = [] } = body?.meta() ?? {}
    const judge = (method === 'PUT' ? entryTypeOf(path) : undefined) ?? body
    return (examples as unknown[]).map((one) => [path, judge?.safeParse(one).error?.message])
  })
  expect(judged.length).toBeGreaterThan(12)
  expect(judged.filter(([, fault]) => fault !== undefined)).toEqual([])
})

test('an example stands in the document', () => {
  const text = JSON.stringify(served)
  expect(text.match(/"examples":/g)?.length).toBeGreaterThan(12)
})
