/** One row of the table of request handlers; the first that fits decides. */
export interface HandlerRow {
  /** Methods it is for; all that apps are offered unless given. */
  readonly methods?: readonly string[] | undefined
  /** What the request-URI begins with. */
  readonly prefix?: string | undefined
  /** What the whole request-URI looks like: a simple pattern, see `compilePattern`. */
  readonly pattern?: string | undefined
  /** A header, one of whose values contains this text in any case. */
  readonly header?: { readonly name: string; readonly includes: string } | undefined
  /** `{action, data}` in the form that an HTTP handler answers (PROTOCOL 13). */
  readonly decision: unknown
}

/** An HTTP server that is asked about each new request. */
export interface HttpHandlerSettings {
  readonly url: string
  /** POST has the request in its body. */
  readonly httpMethod?: 'GET' | 'POST' | undefined
  readonly methods?: readonly string[] | undefined
  readonly timeoutMs?: number | undefined
}

/** Who decides about new requests, in place of round robin among the connected apps. */
export interface DispatchSettings {
  readonly table?: readonly HandlerRow[] | undefined
  /** Asked where no row of the table fits. */
  readonly http?: HttpHandlerSettings | undefined
  /** Connections to listening apps at once. */
  readonly connectionsMax?: number | undefined
  /** PEM of the CAs that such apps are trusted by over TLS; those that Node brings unless given. */
  readonly caPem?: string | undefined
}
