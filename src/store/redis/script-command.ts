import { createHash } from 'node:crypto'
import { Command } from 'ioredis'

/** A script, and the connections on which the server was given its text. */
export class Script {
  readonly lua: string
  readonly sha: string
  readonly givenOn = new WeakSet<object>()

  constructor(lua: string) {
    this.lua = lua
    this.sha = createHash('sha1').update(lua).digest('hex')
  }
}

/** What a script is run on. */
interface ScriptInput {
  /** All with one hash tag, so that the first stands for all where a cluster is concerned. */
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

/**
 * One run of a script, written as it goes over the wire: the client would take its time for each of the
 * two dozen arguments of a decision. The first run on a connection brings the text along.
 */
export class ScriptCommand extends Command {
  readonly #script: Script
  readonly #keys: readonly string[]
  readonly #rest: string
  readonly #length: number
  readonly #withText: boolean

  /** `withText`: the text again, for a server that has forgotten it. */
  constructor(script: Script, { keys, args }: ScriptInput, withText = false) {
    super('evalsha', [], { replyEncoding: 'utf8' })
    const parts = [String(keys.length), ...keys, ...args.map(String)]
    this.#script = script
    this.#keys = keys
    this.#rest = written(parts)
    this.#length = parts.length + 2
    this.#withText = withText
  }

  override getKeys(): string[] {
    return this.#keys.slice(0, 1)
  }

  override toWritable(connection: object): string {
    const { lua, sha, givenOn } = this.#script
    const isGiven = givenOn.has(connection) && !this.#withText
    givenOn.add(connection)
    const head = isGiven ? written(['evalsha', sha]) : written(['eval', lua])
    return `*${this.#length}\r\n${head}${this.#rest}`
  }
}

/** Each part as a bulk string of RESP. */
function written(parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `$${part.length}\r\n${part}\r\n`
  // Lengths are in bytes, which only where all is ASCII are those of the text.
  if (Buffer.byteLength(text) === text.length) return text
  return parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')
}
