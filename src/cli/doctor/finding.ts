/** What was found of one part of the house, and what to do about it. */
export interface Finding {
  /** `config`, `engine`, `store`, ... */
  readonly part: string
  readonly state: 'ok' | 'warning' | 'fault' | 'unknown'
  readonly found: string
  /** A sentence; undefined where nothing is to be done. */
  readonly remedy?: string | undefined
}

/** All is well with it. */
export function good(part: string, found: string): Finding {
  return { part, state: 'ok', found }
}

/** Something is to be done before, or soon. */
export function ill(
  part: string,
  state: 'warning' | 'fault' | 'unknown',
  { found, remedy }: { readonly found: string; readonly remedy: string },
): Finding {
  return { part, state, found, remedy }
}

/** The sentence of an error; nothing else of it is told. */
export function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown error'
}
