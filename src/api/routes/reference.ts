import { z } from '../../config/zod.ts'
import { openApiOf } from '../openapi.ts'
import { pageHeaders, referencePage } from '../reference-page.ts'
import { type Route, route } from '../route.ts'
import { bytesOf } from '../serve.ts'

/** All routes, and those that tell of them. */
export function withReference(routes: readonly Route[], version: string): readonly Route[] {
  const all: Route[] = [...routes]
  all.push(documentRoute(all, version), pageRoute(all, version))
  return all
}

const document = z.looseObject({ openapi: z.string().describe('The version of OpenAPI.') })

/** Made when the first asks: anybody may ask, and making it takes the time of many calls. */
function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function documentRoute(all: readonly Route[], version: string): Route {
  const text = once(() => bytesOf(openApiOf(all, version)))
  const headers = { 'content-type': 'application/json' }
  return route({
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'reference',
    access: 'anybody',
    summary: 'This reference as an OpenAPI 3.1 document.',
    answers: { 200: { help: 'The document.', schema: document } },
    run: async () => ({ status: 200, body: text(), headers }),
  })
}

function pageRoute(all: readonly Route[], version: string): Route {
  const page = once(() => referencePage(all, openApiOf(all, version)))
  return route({
    method: 'GET',
    path: '/v1/reference',
    tag: 'reference',
    access: 'anybody',
    summary: 'This reference as a page.',
    answers: { 200: { help: 'The page.', schema: z.string(), mediaType: 'text/html' } },
    run: async () => ({ status: 200, body: page(), headers: pageHeaders }),
  })
}
