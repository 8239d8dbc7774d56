import { base, type Message } from './table.ts'

/** The text of an INVITE: the base message with the fields of a row, and of its step, put over it. */
export function messageText(changes: readonly Message[], authorization?: string): string {
  const message: Message = Object.assign({}, { body: base.message.body }, ...changes)
  const ownHeaders: Message['headers'] = Object.assign({}, ...changes.map((one) => one.headers))
  if (message.raw !== undefined) return filled(message.raw)
  const { from, class: callClass, key, body = '' } = message
  const uri = uriOf(changes)
  const headers = new Map(Object.entries(base.message.headers ?? {}))
  headers.set('To', `<${uri}>`)
  if (from !== undefined) headers.set('From', `<sip:${from}@pbx.example>;tag=1928301774`)
  if (callClass !== undefined) headers.set('X-Call-Class', callClass)
  if (key === null) headers.delete('X-API-Key')
  else if (key !== undefined) headers.set('X-API-Key', key)
  if (authorization !== undefined) headers.set('Authorization', authorization)
  for (const [name, value] of Object.entries(ownHeaders ?? {})) headers.set(name, value)
  const lines = [...headers].flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${filled(one)}`),
  )
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return [`INVITE ${uri} SIP/2.0`, ...lines, length, '', body].join('\r\n')
}

/** The Request-URI that the changes come to. */
export function uriOf(changes: readonly Message[]): string {
  return changes.reduce<string>(
    (uri, change) => change.uri ?? (change.to ? `sip:${change.to}@gate.example` : uri),
    base.message.uri,
  )
}

/** The last of the changes that has the field. */
export function lastOf<Name extends keyof Message>(
  changes: readonly Message[],
  name: Name,
): Message[Name] | undefined {
  return [base.message, ...changes].findLast((change) => change[name] !== undefined)?.[name]
}

function filled(value: string): string {
  return value.replace(/\{(\w+)\}/g, (whole, name: string) => base.keys[name] ?? whole)
}
