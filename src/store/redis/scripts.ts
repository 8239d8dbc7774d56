import { readFileSync } from 'node:fs'
import { Failure } from '../../kernel/failure.ts'
import type { RedisClient } from './connect.ts'

/** Every script there is; the text of each stands in the file of its name. */
const scriptNames = [
  'take',
  'renew',
  'restore',
  'extend',
  'release',
  'running',
  'post',
  'edit',
  'newer',
  'banned',
] as const
type ScriptName = (typeof scriptNames)[number]

type Call = (...args: readonly (string | number)[]) => Promise<unknown>

/** Runs the scripts: each is one round trip and one atomic step. */
export class Scripts {
  readonly #calls: Readonly<Record<ScriptName, Call>>
  readonly #client: RedisClient

  constructor(client: RedisClient) {
    this.#client = client
    const calls: Partial<Record<ScriptName, Call>> = {}
    for (const name of scriptNames) {
      const lua = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
      const command = `tollgate_${name}`
      client.defineCommand(command, { lua })
      const run: Call = Reflect.get(client, command)
      calls[name] = run.bind(client)
    }
    this.#calls = calls as Record<ScriptName, Call>
  }

  /** What the script answers; a `store_unavailable` failure where there is no answer. */
  async run(
    name: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#calls[name](keys.length, ...keys, ...args)
    } catch (cause) {
      throw lost(cause)
    }
  }

  /** The whole number under a key; 0 where there is none. */
  async number(key: string): Promise<number> {
    try {
      return Number((await this.#client.get(key)) ?? 0)
    } catch (cause) {
      throw lost(cause)
    }
  }
}

/** Why there is no answer, as the rest of the house switches on. */
export function lost(cause: unknown): Failure {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Failure('store_unavailable', `Redis: ${why}`, { cause })
}
