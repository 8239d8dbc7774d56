import type { z } from '../config/zod.ts'
import type { Access, Caller } from './caller.ts'
import type { Problem, ProblemName } from './problem.ts'

/** The answer to a request that succeeds. */
export interface Answer {
  readonly status: number
  /** JSON; undefined: no body. A stream is sent as it comes, under the answer's media type. */
  readonly body?: unknown
  /** What `ETag` names: the state of what was read or changed. */
  readonly etag?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For the audit log: what was read and how much, `calls:12`. */
  readonly read?: string | undefined
  /** Members that a replay of the request must not show again. */
  readonly secrets?: readonly string[] | undefined
  /** The body for a replay of the request, where the whole is too long to be kept. */
  readonly brief?: unknown
}

/** What an operation is given. */
export interface Asked<Params = unknown, Query = unknown, Body = unknown> {
  readonly caller: Caller
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** What `If-Match` says, where the operation wants it. */
  readonly ifMatch: string
  readonly requestId: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /**
   * Does what makes something, once for each Idempotency-Key. Called by operations that take a stream,
   * with what the stream turned out to be; around all others it is called already.
   */
  once(contents: string, run: () => Promise<Answer | Problem>): Promise<Answer | Problem>
}

/** What an operation may answer. */
export interface AnswerRow {
  readonly help: string
  /** Of the body; undefined: none. */
  readonly schema?: z.ZodType | undefined
  /** JSON unless told otherwise. */
  readonly mediaType?: string | undefined
}

/** One operation: all that is known of it, for the server, the reference and the tests. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Parameters in braces: `/v1/keys/{keyId}`. */
  readonly path: string
  readonly tag: string
  /** One sentence. */
  readonly summary: string
  readonly access: Access
  readonly params?: z.ZodObject | undefined
  readonly query?: z.ZodObject | undefined
  readonly body?: z.ZodType | undefined
  /** Of a JSON body, where it may be larger than of other operations. */
  readonly bodyBytesMax?: number | undefined
  /** Takes a body of this media type as a stream, instead of JSON. */
  readonly streamed?: { readonly mediaType: string; readonly bytesMax: number } | undefined
  /** Makes something: takes an Idempotency-Key. */
  readonly creates?: boolean | undefined
  /**
   * Changes something that must be as it was read: wants If-Match; `or-absent`: or If-None-Match: *, to
   * make what is not there.
   */
  readonly conditional?: boolean | 'or-absent' | undefined
  /** Its answers name by an ETag the state of what they show. */
  readonly tagged?: boolean | undefined
  readonly answers: Readonly<Record<number, AnswerRow>>
  /** Besides those that every operation of its kind may answer. */
  readonly problems?: readonly ProblemName[] | undefined
  run(asked: Asked): Promise<Answer | Problem>
}

type Shape<Type> = Type extends z.ZodType ? z.output<Type> : undefined

/** A route whose operation is typed by its own schemas. */
interface TypedRoute<Params, Query, Body> extends Omit<Route, 'params' | 'query' | 'body' | 'run'> {
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  run(asked: Asked<Shape<Params>, Shape<Query>, Shape<Body>>): Promise<Answer | Problem>
}

/** The route, once it is known that its operation takes what its schemas give. */
export function route<Params = undefined, Query = undefined, Body = undefined>(
  typed: TypedRoute<Params, Query, Body>,
): Route {
  return typed as unknown as Route
}

/** Whether it is an answer of success. */
export function isAnswer(outcome: Answer | Problem): outcome is Answer {
  return !('problem' in outcome)
}

/** What every unknown or foreign thing gets. */
export const notFound: Problem = { problem: 'not_found' }
