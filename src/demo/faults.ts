import type { Parts } from '../app.ts'
import { appendingBy } from '../audit/appending-by.ts'
import type { Policy } from '../domain/policy.ts'
import { Failure } from '../kernel/failure.ts'

/** What can be made to go wrong in the demo's second gate. */
export type Fault =
  | 'no carrier'
  | 'store'
  | 'audit log'
  | 'signing key'
  | 'a bug'
  | 'no room'
  | 'draining'

/** Stands between a gate and its parts, and breaks one of them while it is told to. */
export class Breaker {
  /** What is broken now. */
  fault: Fault | undefined

  /** The same parts, which fail as told. */
  readonly wrap = (parts: Parts): Parts => {
    const { store, audit, signer } = parts
    return {
      ...parts,
      store: {
        ...store,
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
        directory: {
          findKey: async (id) => {
            this.#failIf('store', new Failure('store_unavailable', 'the demo broke the store'))
            return store.directory.findKey(id)
          },
          findTenant: (id) => store.directory.findTenant(id),
          findPolicy: async (id) => {
            const policy = await store.directory.findPolicy(id)
            return this.fault === 'a bug' && policy ? withBug(policy) : policy
          },
          findOwner: (e164) => store.directory.findOwner(e164),
          trunk: (id) => store.directory.trunk(id),
          findTrunk: (tenantId, e164) => store.directory.findTrunk(tenantId, e164),
          carriers: async () => (this.fault === 'no carrier' ? [] : store.directory.carriers()),
        },
      },
      audit: appendingBy(audit, async (event) => {
        this.#failIf('audit log', new Failure('audit_unavailable', 'the demo broke the log'))
        return audit.append(event)
      }),
      signer: {
        sign: async (statement) => {
          this.#failIf('signing key', new Failure('signing_failed', 'the demo took the key away'))
          return signer.sign(statement)
        },
      },
    }
  }

  #failIf(fault: Fault, error: Error): void {
    if (this.fault === fault) throw error
  }
}

/** A policy that makes the first check fail that asks what a key may do. */
function withBug(policy: Policy): Policy {
  return {
    ...policy,
    get scopes(): never {
      throw new Error('the demo put a bug here')
    },
  }
}
