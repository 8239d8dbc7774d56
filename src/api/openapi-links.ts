import { operationIdOf } from './operation-id.ts'
import type { Route } from './route.ts'

/** A link of OpenAPI 3.1 4.8.20: what of an answer another operation takes. */
interface Link {
  readonly operationId: string
  readonly parameters: Readonly<Record<string, string>>
}

type Links = Readonly<Record<string, Link>>

/** Members of an item that may name it in a path, the first that it has. */
const nameMembers = ['id', 'callId', 'name', 'revision'] as const

/**
 * Where one can go from an answer of success: from what was made or is listed to what can be done with
 * it, and from one entry, by its ETag, to changing it.
 */
export function linksOf(from: Route, routes: readonly Route[]): Links {
  const further = routes.flatMap((to) => {
    const link = from.path === to.path ? ofTheSame(from, to) : ofNamed(from, to)
    return link ? [[link.operationId, link] as const] : []
  })
  return Object.fromEntries(further)
}

function ofTheSame(from: Route, to: Route): Link | undefined {
  if (from === to || !from.params || from.method === 'DELETE') return undefined
  const parameters = parametersOf(to, (name) => `$request.path.${name}`, '$response.header.ETag')
  return { operationId: operationIdOf(to), parameters }
}

function ofNamed(from: Route, to: Route): Link | undefined {
  const [base, ...rest] = to.path.split('/{')
  if (base !== from.path || rest.length !== 1) return undefined
  const member = memberOf(from)
  if (member === undefined) return undefined
  const pointer = from.method === 'GET' ? `/items/0/${member}` : `/${member}`
  return {
    operationId: operationIdOf(to),
    parameters: parametersOf(to, () => `$response.body#${pointer}`, etagOf(from)),
  }
}

/** Of what is answered, or of an item of the list, the member that names it. */
function memberOf(from: Route): string | undefined {
  const named = namedShape(from)
  return named && nameMembers.find((name) => name in named)
}

/** Where an answer has the ETag of what it names; undefined: nowhere. */
function etagOf(from: Route): string | undefined {
  if (from.method !== 'GET') return '$response.header.ETag'
  return 'etag' in (namedShape(from) ?? {}) ? '$response.body#/items/0/etag' : undefined
}

function namedShape({ method, answers }: Route): Shaped['shape'] {
  const shape = (answers[method === 'GET' ? 200 : 201]?.schema as Shaped | undefined)?.shape
  const items = shape?.items as { readonly element?: Shaped } | undefined
  return method === 'GET' ? items?.element?.shape : shape
}

/** As much of an object's schema as is looked at. */
interface Shaped {
  readonly shape?: Readonly<Record<string, unknown>>
}

function parametersOf(
  to: Route,
  expressionOf: (name: string) => string,
  etag: string | undefined,
): Link['parameters'] {
  const names = Object.keys(to.params?.shape ?? {})
  return {
    ...Object.fromEntries(names.map((name) => [name, expressionOf(name)])),
    ...(to.conditional && etag !== undefined && { 'If-Match': etag }),
  }
}
