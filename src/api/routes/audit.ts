import { noteBytesMax } from '../../audit/note/note.ts'
import { checkpointName, readPlain } from '../../audit/storage/files.ts'
import { LogReader } from '../../audit/storage/log-reader.ts'
import { consistencySpans, inclusionSpans, type Span } from '../../audit/tree/proof.ts'
import { parseTilePath } from '../../audit/tree/tile.ts'
import { readCheckpoint, readKey } from '../../audit/verify.ts'
import { z } from '../../config/zod.ts'
import type { Evidence } from '../../evidence/format.ts'
import type { CallPlace } from '../../evidence/make.ts'
import { renderPage } from '../../evidence/page.ts'
import { Failure } from '../../kernel/failure.ts'
import { placesOfCall } from '../../records/place-of-call.ts'
import type { RecordSearch } from '../../records/search-thread.ts'
import { unfit } from '../problem.ts'
import { notFound, type Route, route } from '../route.ts'
import { digits, sipCallId } from '../schemas.ts'

export interface AuditParts {
  readonly auditDir: string
  readonly records: Pick<RecordSearch, 'search'>
  /** What proves the events of a call to a stranger. */
  readonly evidenceOf: (place: CallPlace) => Promise<Evidence>
}

/** A bundle of entries is larger than a tile of hashes. */
const tileBytesMax = 16_777_216
const whole = digits(0, Number.MAX_SAFE_INTEGER)
const index = 'The place of the entry in the log, counted from 0.'
const entries = 'Size of the log that the proof is for, in entries'
const fromSize = 'Size of the smaller log, in entries.'
const toSize = 'Size of the larger log, in entries'
const newestSize = 'default: that of the newest checkpoint.'
const hash = z.string().describe('SHA-256, base64.')
const proof = z.array(hash).describe('Hashes, the lowest first (RFC 9162 2.1.3, 2.1.4).')
const bytes = z.string().describe('Bytes.')

const common = { tag: 'audit', method: 'GET', access: { operator: true } } as const

/** The audit log for whoever checks it: RFC 9162 proofs, c2sp.org/tlog-tiles and evidence. */
export function auditRoutes({ auditDir, records, evidenceOf }: AuditParts): readonly Route[] {
  const size = async () => (await readCheckpoint(auditDir, await readKey(auditDir))).size
  return [
    route({
      ...common,
      path: '/v1/audit/checkpoint',
      summary: 'The newest signed checkpoint of the audit log (c2sp.org/tlog-checkpoint).',
      answers: { 200: { help: 'A signed note.', schema: bytes, mediaType: 'text/plain' } },
      run: async () => {
        await size()
        const note = await readPlain(auditDir, checkpointName, noteBytesMax)
        const headers = { 'content-type': 'text/plain; charset=utf-8' }
        return { status: 200, body: String(note ?? ''), headers, read: 'checkpoints:1' }
      },
    }),
    route({
      ...common,
      path: '/v1/audit/tile',
      summary: 'One tile of hashes or bundle of entries, by its path (c2sp.org/tlog-tiles).',
      query: z.strictObject({
        path: z
          .string()
          .max(200)
          .regex(/^tile\/(entries|0|[1-9][0-9]?)\/(x[0-9]{3}\/)*[0-9]{3}(\.p\/[1-9][0-9]{0,2})?$/)
          .describe('Its path, such as `tile/0/000` or `tile/entries/000.p/20`.'),
      }),
      answers: {
        200: { help: 'The tile.', schema: bytes, mediaType: 'application/octet-stream' },
      },
      problems: ['not_found', 'request_unfit'],
      run: async ({ query }) => {
        if (!parseTilePath(query.path)) return unfit('query', 'path', 'names no tile')
        const body = await readPlain(auditDir, query.path, tileBytesMax)
        const headers = { 'content-type': 'application/octet-stream' }
        return body ? { status: 200, body, headers, read: `bytes:${body.length}` } : notFound
      },
    }),
    ...proofRoutes(auditDir, size),
    evidenceRoute({ records, evidenceOf }),
  ]
}

/** `size` gives that of the newest checkpoint. */
function proofRoutes(auditDir: string, size: () => Promise<number>): readonly Route[] {
  return [
    route({
      ...common,
      path: '/v1/audit/inclusion',
      summary: 'Proof that an entry is in the log of a given size.',
      query: z.strictObject({
        index: whole.describe(index),
        size: whole.optional().describe(`${entries}; ${newestSize}`),
      }),
      answers: {
        200: {
          help: 'The proof.',
          schema: z.strictObject({
            index: z.int().describe(index),
            size: z.int().describe(`${entries}.`),
            proof,
          }),
        },
      },
      problems: ['not_found'],
      run: async ({ query }) => {
        const newest = await size()
        const { index, size: of = newest } = query
        if (of > newest || index >= of) return notFound
        const hashes = await hashesOf(auditDir, inclusionSpans(index, of), of)
        return { status: 200, body: { index, size: of, proof: hashes }, read: 'proofs:1' }
      },
    }),
    route({
      ...common,
      path: '/v1/audit/consistency',
      summary: 'Proof that the log of one size continues the log of a smaller one.',
      query: z.strictObject({
        from: whole.describe(fromSize),
        to: whole.optional().describe(`${toSize}; ${newestSize}`),
      }),
      answers: {
        200: {
          help: 'The proof.',
          schema: z.strictObject({
            from: z.int().describe(fromSize),
            to: z.int().describe(`${toSize}.`),
            proof,
          }),
        },
      },
      problems: ['not_found'],
      run: async ({ query }) => {
        const newest = await size()
        const { from, to = newest } = query
        if (to > newest || from < 1 || from > to) return notFound
        const hashes = await hashesOf(auditDir, consistencySpans(from, to), to)
        return { status: 200, body: { from, to, proof: hashes }, read: 'proofs:1' }
      },
    }),
  ]
}

function evidenceRoute({ records, evidenceOf }: Omit<AuditParts, 'auditDir'>): Route {
  return route({
    ...common,
    path: '/v1/audit/calls/{callId}/evidence',
    summary: "One file that proves a call's events by itself.",
    params: z.strictObject({
      callId: sipCallId.describe("Tollgate's id of the call, or its Call-ID."),
    }),
    answers: { 200: { help: 'The file.', schema: z.string(), mediaType: 'text/html' } },
    run: async ({ params: { callId } }) => {
      const [place] = await placesOfCall((query, page) => records.search(query, page), callId)
      if (!place) return notFound
      const evidence = await evidenceOf(place).catch((error: unknown) => {
        // The index may know of calls whose part of the log is kept elsewhere by now.
        if (error instanceof Failure && error.code === 'not_found') return undefined
        throw error
      })
      if (!evidence) return notFound
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-disposition': 'attachment; filename="evidence.html"',
      }
      return { status: 200, body: renderPage(evidence), headers, read: 'evidence:1' }
    },
  })
}

async function hashesOf(dir: string, spans: readonly Span[], size: number): Promise<string[]> {
  const reader = new LogReader(dir)
  const hashes: string[] = []
  for (const span of spans) hashes.push((await reader.spanHash(span, size)).toString('base64'))
  return hashes
}
