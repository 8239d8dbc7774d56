import { z } from '../config/zod.ts'
import { type ProblemName, problemMediaType, problems } from './problem.ts'
import type { AnswerRow, Route } from './route.ts'
import { problemSchema } from './schemas.ts'

/** A JSON value of the document. */
type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of the routes: made from their schemas, so that it says what holds. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tollgate',
      version,
      description:
        'A gate for telephone calls that decides by API keys. Every operation takes the key that calls are made with: `Authorization: Bearer tg_live_...`.',
    },
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        key: {
          ...{ type: 'http', scheme: 'bearer' },
          description: "A tenant's key with the scope named, or a key of the operator's.",
        },
      },
    },
  }
}

function operationOf(route: Route): Json {
  const { method, path, tag, summary, access } = route
  return {
    operationId: operationIdOf(route),
    tags: [tag],
    summary,
    description: whoMay(route),
    security: access === 'anybody' ? [] : [{ key: [] }],
    parameters: parametersOf(route),
    ...bodyOf(route),
    responses: { ...answersOf(route), ...problemsOf(route) },
    'x-tollgate-access': access,
    'x-tollgate-operation': `${method} ${path}`,
  }
}

/** Names the operation: `getV1KeysKeyId`. */
export function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

/** In words, who may use it. */
export function whoMay({ access }: Pick<Route, 'access'>): string {
  if (access === 'anybody') return 'For anybody.'
  const may = [
    ...(access.operator ? ["the operator's keys"] : []),
    ...(access.scope ? [`tenants' keys with \`${access.scope}\``] : []),
  ]
  return `For ${may.join(' and ')}.`
}

function parametersOf({ params, query, creates, conditional }: Route): Json[] {
  const header = (name: string, required: boolean, description: string) => {
    return { in: 'header', name, required, description, schema: { type: 'string', minLength: 1 } }
  }
  return [
    ...fieldsOf('path', params),
    ...fieldsOf('query', query),
    ...(creates
      ? [header('Idempotency-Key', false, 'Names the request: repeated, it makes nothing twice.')]
      : []),
    ...(conditional
      ? [header('If-Match', conditional === true, 'The `ETag` of what was read.')]
      : []),
    ...(conditional === 'or-absent'
      ? [header('If-None-Match', false, '`*` in place of If-Match: makes what is not there.')]
      : []),
  ]
}

function fieldsOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input')
  return Object.entries(properties as Record<string, Json>).map(([name, property]) => {
    const { description, ...rest } = property
    const isRequired = place === 'path' || (required as readonly string[]).includes(name)
    return { in: place, name, required: isRequired, description, schema: rest }
  })
}

function bodyOf({ body, streamed }: Route): Json {
  if (streamed) {
    const content = { [streamed.mediaType]: { schema: { type: 'string' } } }
    return { requestBody: { required: true, content } }
  }
  if (!body) return {}
  const content = { 'application/json': { schema: schemaOf(body, 'input') } }
  return { requestBody: { required: true, content } }
}

function answersOf({ answers, conditional }: Route): Json {
  const entries = Object.entries(answers).map(([status, row]) => {
    const headers = conditional ? { ETag: { schema: { type: 'string' } } } : undefined
    return [status, { description: row.help, headers, ...contentOf(row) }]
  })
  return Object.fromEntries(entries)
}

function contentOf({ schema, mediaType = 'application/json' }: AnswerRow): Json {
  if (!schema) return {}
  return { content: { [mediaType]: { schema: schemaOf(schema, 'output') } } }
}

/** Every problem that the operation may answer with: its own, and those of its kind. */
export function problemNamesOf(route: Route): readonly ProblemName[] {
  const { access, params, query, body, streamed, creates, conditional } = route
  const takesBody = body !== undefined || streamed !== undefined
  const names: ProblemName[] = [
    'request_invalid',
    'internal_error',
    ...(takesBody || route.method !== 'GET'
      ? (['body_malformed', 'body_too_large', 'media_type_unsupported'] as const)
      : []),
    ...(access === 'anybody' ? [] : identityProblems),
    ...(creates ? (['idempotency_mismatch', 'conflict'] as const) : []),
    ...(conditional ? (['precondition_failed', 'precondition_required'] as const) : []),
    ...(params ? (['not_found'] as const) : []),
    ...(query ? [] : []),
    ...(route.problems ?? []),
  ]
  return [...new Set(names)]
}

const identityProblems = [
  ...(['credentials_missing', 'credentials_invalid', 'key_expired', 'key_suspended'] as const),
  ...(['key_revoked', 'tenant_suspended', 'scope_denied', 'rate_exceeded'] as const),
  ...(['store_unavailable', 'audit_unavailable'] as const),
]

/** Problems by their status, several of one together. */
function problemsOf(route: Route): Json {
  const byStatus = new Map<number, ProblemName[]>()
  for (const name of problemNamesOf(route)) {
    const { status } = problems[name]
    if (status in route.answers) continue
    byStatus.set(status, [...(byStatus.get(status) ?? []), name])
  }
  const entries = [...byStatus].map(([status, names]) => {
    const description = names.map((name) => `\`${name}\`: ${problems[name].help}`).join(' ')
    const schema = { $ref: '#/components/schemas/Problem' }
    return [status, { description, content: { [problemMediaType]: { schema } } }]
  })
  return Object.fromEntries(entries)
}

/** The JSON Schema of draft 2020-12, which is what OpenAPI 3.1 takes. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
