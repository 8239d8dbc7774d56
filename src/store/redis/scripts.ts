import { readFileSync } from 'node:fs'
import { Failure, messageOf } from '../../kernel/failure.ts'
import type { RedisClient } from './connect.ts'
import type { RedisKey } from './key-name.ts'
import { Script, ScriptCommand } from './script-command.ts'

/** Every script there is; the text of each stands in the file of its name. */
const scriptNames = [
  'take',
  'undo',
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

/** Runs the scripts: each is one round trip and one atomic step. */
export class Scripts {
  readonly #scripts: Readonly<Record<ScriptName, Script>>
  readonly #client: RedisClient

  constructor(client: RedisClient) {
    this.#client = client
    const scripts = scriptNames.map((name) => {
      const lua = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
      return [name, new Script(lua)] as const
    })
    this.#scripts = Object.fromEntries(scripts) as Record<ScriptName, Script>
  }

  /** What the script answers; a `store_unavailable` failure where there is no answer. */
  async run(
    name: ScriptName,
    keys: readonly RedisKey[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const script = this.#scripts[name]
    try {
      return await this.#client.sendCommand(new ScriptCommand(script, { keys, args }))
    } catch (cause) {
      if (!isForgotten(cause)) throw lost(cause)
    }
    try {
      return await this.#client.sendCommand(new ScriptCommand(script, { keys, args }, true))
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
  const why = messageOf(cause)
  return new Failure('store_unavailable', `Redis: ${why}`, { cause })
}

/** Whether a server was there and would not count: the gate's clock is far from its own. */
export function isOfOtherClock(error: Failure): boolean {
  return error.cause instanceof Error && error.cause.message.startsWith('CLOCK ')
}

/** Whether the server does not know the text any more: it was started anew, or another took its place. */
function isForgotten(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('NOSCRIPT')
}
