import { whoMay } from './openapi.ts'
import type { Route } from './route.ts'

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
code,pre{font:14px/1.4 ui-monospace,monospace;background:#f2f2f2}pre{padding:.75rem;overflow:auto}
summary{cursor:pointer;padding:.4rem 0;border-top:1px solid #ddd}b{display:inline-block;min-width:4.5rem}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}code,pre{background:#262626}summary{border-color:#333}}`

/** The media type of the page, and what it may load: nothing but its own style. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const

/** The reference as one page of HTML without scripts, made from the OpenAPI document. */
export function referencePage(routes: readonly Route[], document: unknown): string {
  const { paths, info } = document as {
    readonly paths: Record<string, Record<string, Record<string, unknown>>>
    readonly info: { readonly version: string; readonly description: string }
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))]
  const sections = tags.map((tag) => {
    const own = routes.filter((one) => one.tag === tag)
    const items = own.map((one) => operation(one, paths[one.path]?.[one.method.toLowerCase()]))
    return `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>\n${items.join('\n')}`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tollgate API</title><style>${style}</style></head><body>
<h1>Tollgate API ${escaped(info.version)}</h1>
<p>${marked(info.description)} The same for programs: <a href="/v1/openapi.json">openapi.json</a>.</p>
<p>${tags.map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join(' · ')}</p>
${sections.join('\n')}
</body></html>
`
}

function operation(route: Route, described: Record<string, unknown> = {}): string {
  const { parameters, requestBody, responses } = described
  const rows = Object.entries(Object(responses)).map(([status, answer]) => {
    return `<li><code>${escaped(status)}</code> ${marked(String(Object(answer).description))}</li>`
  })
  return `<details><summary><b>${route.method}</b> <code>${escaped(route.path)}</code> ${marked(route.summary)}</summary>
<p>${marked(whoMay(route))}</p>
${json('Parameters', Array.isArray(parameters) && parameters.length > 0 ? parameters : undefined)}
${json('Body', schemaIn(requestBody))}
<h4>Answers</h4><ul>${rows.join('')}</ul>
${Object.keys(route.answers)
  .map((status) => json(`Body of ${status}`, schemaIn(Object(responses)[status])))
  .join('\n')}
</details>`
}

function schemaIn(holder: unknown): unknown {
  const [content] = Object.values(Object(Object(holder).content))
  return Object(content).schema
}

function json(title: string, value: unknown): string {
  if (value === undefined) return ''
  return `<h4>${title}</h4><pre>${escaped(JSON.stringify(value, undefined, 2))}</pre>`
}

/** Back quotes become code. */
function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>')
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
