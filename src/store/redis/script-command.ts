import { hash } from 'node:crypto'
import { Command } from 'ioredis'
import { bulkOf, type RedisKey, textOf } from './key-name.ts'

/** A script, and the connections on which the server was given its text. */
export class Script {
  /** How a command begins that brings the text along, and one that names it alone. */
  readonly withText: string
  readonly byName: string
  readonly givenOn = new WeakSet<object>()

  constructor(lua: string) {
    this.withText = bulkOf('eval') + bulkOf(lua)
    this.byName = bulkOf('evalsha') + bulkOf(hash('sha1', lua))
  }
}

/** What a script is run on. */
interface ScriptInput {
  /** All with one hash tag, so that the first stands for all where a cluster is concerned. */
  readonly keys: readonly RedisKey[]
  readonly args: readonly (string | number)[]
}

/**
 * One run of a script, written as it goes over the wire: the client would take its time for each of the
 * two dozen arguments of a decision. The first run on a connection brings the text along.
 */
export class ScriptCommand extends Command {
  readonly #script: Script
  readonly #firstKey: RedisKey | undefined
  readonly #rest: string
  readonly #length: number
  readonly #withText: boolean

  /** `withText`: the text again, for a server that has forgotten it. */
  constructor(script: Script, { keys, args }: ScriptInput, withText = false) {
    super('evalsha', [], { replyEncoding: 'utf8' })
    let rest = bulkOf(String(keys.length))
    for (const key of keys) rest += typeof key === 'string' ? bulkOf(key) : key.bulk
    for (const arg of args) rest += bulkOf(String(arg))
    this.#script = script
    this.#firstKey = keys[0]
    this.#rest = rest
    this.#length = keys.length + args.length + 3
    this.#withText = withText
  }

  override getKeys(): string[] {
    return this.#firstKey === undefined ? [] : [textOf(this.#firstKey)]
  }

  override toWritable(connection: object): string {
    const { withText, byName, givenOn } = this.#script
    const isGiven = givenOn.has(connection) && !this.#withText
    givenOn.add(connection)
    return `*${this.#length}\r\n${isGiven ? byName : withText}${this.#rest}`
  }
}
