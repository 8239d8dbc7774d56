/** The name of a key and how it is written on the wire, made once for the many calls that use it. */
export class KeyName {
  readonly text: string
  readonly bulk: string

  constructor(text: string) {
    this.text = text
    // There and back: put together of parts it would be copied part by part into every command.
    this.bulk = Buffer.from(bulkOf(text)).toString()
  }
}

/** A key as a command takes it. */
export type RedisKey = KeyName | string

/** The text of a key's name. */
export function textOf(key: RedisKey): string {
  return typeof key === 'string' ? key : key.text
}

/** One part of a command as a bulk string of RESP, whose length is in bytes. */
export function bulkOf(part: string): string {
  return `$${Buffer.byteLength(part)}\r\n${part}\r\n`
}
