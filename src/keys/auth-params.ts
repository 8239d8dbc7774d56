/** Longer than any honest credential in a header; what is longer is not looked at. */
const charsMax = 4096
const paramsMax = 32

/** RFC 7235 2.1 with RFC 3261 25.1: `name = token` or `name = "quoted string"`, then a comma or the end. */
const param =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z:/-]+))[ \t]*(,|$)/y

/** The scheme of an Authorization value in lower case, and what follows it. */
export function splitScheme(value: string): { readonly scheme: string; readonly rest: string } {
  const text = value.trim()
  const end = text.search(/[ \t]/)
  if (end < 0) return { scheme: text.toLowerCase(), rest: '' }
  return { scheme: text.slice(0, end).toLowerCase(), rest: text.slice(end).trim() }
}

/**
 * The parameters of a credential by their names in lower case, quotes taken off. Undefined where the
 * text is malformed, too long, or names one parameter twice: two readers could take two meanings
 * from it. Never throws.
 */
export function parseAuthParams(text: string): ReadonlyMap<string, string> | undefined {
  if (text.length > charsMax) return undefined
  const params = new Map<string, string>()
  param.lastIndex = 0
  for (let count = 0; count < paramsMax; count++) {
    const match = param.exec(text)
    if (!match) return undefined
    const [, name = '', quoted, token = '', separator] = match
    const key = name.toLowerCase()
    if (params.has(key)) return undefined
    params.set(key, quoted === undefined ? token : quoted.replace(/\\(.)/g, '$1'))
    if (separator === '') return params
  }
  return undefined
}
