import type { SourceGuard } from '../admission/source-guard.ts'
import type { ApiUsed, AuditLog } from '../audit/event.ts'
import type { Source } from '../domain/attempt.ts'
import { type Clock, sleep } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Authenticated, Credentials } from './authenticate.ts'
import { type Caller, mayUse, tenantOf } from './caller.ts'
import { OpenRequests } from './open-requests.ts'
import type { Problem } from './problem.ts'
import type { Route } from './route.ts'

/** A request of somebody who has to say who it is, from its first line to its answer. */
export interface Use {
  readonly requestId: string
  readonly operation: string
  readonly from: string
  /** Whether it may change something. */
  readonly changes: boolean
  caller?: Caller
  keyId?: string | undefined
  tenantId?: string | undefined
  read?: string | undefined
  numbers?: string | undefined
  about?: string | undefined
  /** To be called once its answer has left or its connection is gone. */
  leave?: (() => void) | undefined
}

export interface GatekeeperParts {
  readonly authenticate: (credentials: Credentials) => Promise<Authenticated>
  readonly rate: (caller: Caller, requestId: string) => Promise<number | undefined>
  readonly guard: Pick<SourceGuard, 'delay'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
}

/** When who has too many requests open may come again. */
const tooManyOpenS = 1

/** What a request says of itself before its body is read. */
export interface Knock {
  readonly source: Source
  readonly userAgent: string | undefined
  /** Every Authorization field that came. */
  readonly authorizations: readonly string[]
}

/**
 * Lets a request in or says why not. One that may change something is written down before it is let in,
 * and every one with its result before its answer leaves: what cannot be recorded is not done.
 */
export class Gatekeeper {
  readonly #parts: GatekeeperParts
  readonly #open = new OpenRequests()

  constructor(parts: GatekeeperParts) {
    this.#parts = parts
  }

  /** Undefined: it is let in, and `use` knows who it is. Throws where that cannot be told. */
  async admit(route: Route, use: Use, knock: Knock): Promise<Problem | undefined> {
    const authenticated = await this.#parts.authenticate({
      source: knock.source,
      userAgent: knock.userAgent,
      // Two readers could take two meanings from two of them.
      authorization: knock.authorizations.length > 1 ? '' : knock.authorizations[0],
    })
    if ('refused' in authenticated) {
      const { refused: problem, key, delayMs } = authenticated
      use.keyId = key?.id
      use.tenantId = key?.tenantId
      await this.#wait(delayMs)
      return { problem }
    }
    const { caller } = authenticated
    use.caller = caller
    use.keyId = caller.key.id
    use.tenantId = tenantOf(caller)
    const retryAfterS = await this.#parts.rate(caller, use.requestId)
    if (retryAfterS !== undefined) return { problem: 'rate_exceeded', retryAfterS }
    if (!mayUse(route.access, caller)) return { problem: 'scope_denied' }
    use.leave = this.#open.enter({ keyId: caller.key.id, tenantId: use.tenantId })
    if (!use.leave) return { problem: 'rate_exceeded', retryAfterS: tooManyOpenS }
    if (use.changes) await this.#record(use, { stage: 'began' })
    return undefined
  }

  /** Writes down how it ended; rejects where that cannot be kept. */
  ended(use: Use, result: number): Promise<void> {
    return this.#record(use, { stage: 'ended', result, read: use.read })
  }

  async #record(use: Use, what: Pick<ApiUsed, 'stage' | 'result' | 'read'>): Promise<void> {
    const { requestId, operation, from, keyId, tenantId, numbers, about } = use
    try {
      const event = { type: 'api.used', requestId, keyId, tenantId, from, operation } as const
      await this.#parts.audit.append({ ...event, numbers, about, ...what })
    } catch (cause) {
      throw new Failure('audit_unavailable', 'a request cannot be recorded', { cause })
    }
  }

  /** Guessing is slow; only so many wait at a time, so that waiting costs nobody memory. */
  async #wait(delayMs: number): Promise<void> {
    using place = delayMs > 0 ? this.#parts.guard.delay() : undefined
    if (place) await sleep(this.#parts.clock, delayMs)
  }
}
