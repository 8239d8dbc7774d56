import { decodeLeaf } from '../audit/leaf.ts'
import { readCheckpoint } from '../audit/note/checkpoint.ts'
import { type Evidence, encodeEvidence, type ProvenEvent } from './format.ts'
import { figuresOf, html, membersOf } from './markup.ts'
import { type Json, readable } from './opened.ts'

const openTag = '<script type="application/json" id="evidence">'
const closeTag = '</script>'

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid #ccc}
th{font-weight:600;white-space:nowrap}code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap;margin:0}
.trace{margin-top:.5rem;font-size:13px}.trace td{overflow-wrap:anywhere}`

/** The JSON text in a page; undefined where the text is no page, as is one that begins with `{`. */
export function evidenceIn(page: string): string | undefined {
  if (page.startsWith('{')) return undefined
  const start = page.indexOf(openTag)
  const end = page.indexOf(closeTag, start)
  if (start < 0 || end < 0) return undefined
  return page.slice(start + openTag.length, end)
}

/**
 * The evidence as one HTML file: a page that people read, which loads and runs nothing, and the JSON
 * from which it is made. The same evidence always makes the same bytes.
 */
export function renderPage(evidence: Evidence): string {
  return [...piecesOf(evidence)].join('')
}

/**
 * Whether the text is the page of this evidence. It is made piece by piece and no further than they agree:
 * the page of a crafted event may be longer than any text can be.
 */
export function isPageOf(text: string, evidence: Evidence): boolean {
  let at = 0
  for (const piece of piecesOf(evidence)) {
    if (!text.startsWith(piece, at)) return false
    at += piece.length
  }
  return at === text.length
}

function* piecesOf(evidence: Evidence): Generator<string> {
  const { callId, checkpoint, verifierKey } = evidence
  const head = readCheckpoint(Buffer.from(checkpoint))
  // JSON has no need of the character that could end the element.
  const json = encodeEvidence(evidence).replaceAll('<', '\\u003c')
  const events = evidence.events.map(shownEvent)
  const witnesses = (head?.note.signatures.length ?? 1) - 1
  yield `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence of call ${html(callId)}</title>
<style>${style}</style>
<h1>Evidence of call <code>${html(callId)}</code></h1>
<p>Each event below is an entry of the audit log <code>${html(head?.origin ?? '')}</code>, a Merkle tree of
${head?.size ?? 0} entries whose root the log has signed. This file holds the entries, the proofs that they
are in the tree, and the signed root. Do not believe this page: run <code>tollgate audit check &lt;this file&gt;</code>,
or write the check yourself from the specification (docs/audit.md). It proves that these entries stood in the log when the root
was signed; it does not prove that they are all that the log has of the call.</p>
<h2>Consent</h2>
`
  yield* consentPart(events)
  yield `
<h2>Events</h2>
<table>
<tr><th>entry<th>time (UTC)<th>event
`
  for (const event of events) yield* eventRow(event)
  yield `</table>
<h2>Proof</h2>
<table>
<tr><th>verifier key<td><code>${html(verifierKey)}</code>
<tr><th>checkpoint<td><pre>${html(checkpoint)}</pre>
<tr><th>lines of others<td>${witnesses}; a cosignature proves something to whoever checks it by the key of its witness
</table>
${openTag}${json}${closeTag}
</html>
`
}

/** An event as people read it; undefined where the leaf says nothing. */
interface Shown {
  readonly index: number
  readonly at: string
  readonly event: { readonly [name: string]: Json } | undefined
}

function shownEvent({ index, leaf, opened }: ProvenEvent): Shown {
  const content = decodeLeaf(leaf)
  if (!content) return { index, at: '', event: undefined }
  const event = readable(content, opened) as { readonly [name: string]: Json }
  return { index, at: momentOf(content.atMs), event }
}

function* eventRow({ index, at, event }: Shown): Generator<string> {
  yield `<tr><td>${index}<td>${at}<td>`
  if (event) yield* membersOf(event)
  yield '\n'
}

/** What the check found that looked for the callee's consent. */
function* consentPart(events: readonly Shown[]): Generator<string> {
  let isAsked = false
  for (const { index, event } of events) {
    for (const [name, value] of figuresOf(event?.trace, 'consent')) {
      if (!isAsked) yield '<table>\n<tr><th>entry<th>what<th>value\n'
      isAsked = true
      yield `<tr><td>${index}<td>${html(name)}<td><code>${html(value)}</code>\n`
    }
  }
  yield isAsked ? '</table>' : '<p>No consent was asked for.</p>'
}

/** A clock may stand anywhere: what is no moment is shown as it is. */
function momentOf(atMs: number): string {
  const date = new Date(atMs)
  return Number.isNaN(date.getTime()) ? `${atMs}` : date.toISOString()
}
