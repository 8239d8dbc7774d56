import { z } from '../../config/zod.ts'
import { openApiOf } from '../openapi.ts'
import { pageHeaders, referencePage } from '../reference-page.ts'
import { type Route, route } from '../route.ts'

/** All routes, and those that tell of them. */
export function withReference(routes: readonly Route[], version: string): readonly Route[] {
  const all: Route[] = [...routes]
  all.push(documentRoute(all, version), pageRoute(all, version))
  return all
}

function documentRoute(all: readonly Route[], version: string): Route {
  return route({
    ...{ method: 'GET', path: '/v1/openapi.json', tag: 'reference', access: 'anybody' },
    summary: 'This reference as an OpenAPI 3.1 document.',
    answers: { 200: { help: 'The document.', schema: z.looseObject({ openapi: z.string() }) } },
    run: async () => ({ status: 200, body: openApiOf(all, version) }),
  })
}

function pageRoute(all: readonly Route[], version: string): Route {
  return route({
    ...{ method: 'GET', path: '/v1/reference', tag: 'reference', access: 'anybody' },
    summary: 'This reference as a page.',
    answers: { 200: { help: 'The page.', schema: z.string(), mediaType: 'text/html' } },
    run: async () => {
      const page = referencePage(all, openApiOf(all, version))
      return { status: 200, body: page, headers: pageHeaders }
    },
  })
}
