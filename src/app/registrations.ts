import type { CredentialParts } from '../admission/credential-parts.ts'
import { createRegistration, type RegistrationParts } from '../admission/registration.ts'
import { isInRanges } from '../admission/source-ranges.ts'
import { handleRegister, type Registrar } from '../call/handle-register.ts'
import type { Stages } from '../call/stages.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Key } from '../domain/key.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Handlers } from '../sip/dispatch.ts'
import { openBindings } from '../store/bindings.ts'
import type { Store } from '../store/port.ts'

interface Around extends Omit<Registrar, 'admit' | 'bindings' | 'isCarrier'> {
  readonly store: Pick<Store, 'directory' | 'limiter' | 'board'>
  readonly credentials: CredentialParts
  readonly settings: RegistrationParts['settings']
  /** Those of now. */
  readonly trunks: () => readonly Trunk[]
  readonly carriers: () => readonly Carrier[]
}

/** Takes registrations for trunks, and knows who has registered. */
export interface Registrations {
  readonly registered: Stages['registered']
  /** Undefined while no trunk takes any, or nobody could prove its key by digest. */
  readonly onRegister: Handlers['onRegister']
}

/** The registrations of trunks as the settings want them. */
export function openRegistrations(around: Around): Registrations {
  const { store, credentials, settings, trunks, carriers, ...parts } = around
  const { directory, limiter } = store
  const { clock } = parts
  const bindings = openBindings(store.board)
  const admit = createRegistration({ directory, limiter, credentials, clock, settings })
  const isOpen = () =>
    credentials.digest !== undefined && trunks().some(({ registers }) => registers)
  const isCarrier = (host: string, port: number) =>
    carriers().some(({ gateways, inbound }) => {
      const takes = gateways.some((one) => one.port === port && isInRanges(host, [one.host]))
      return takes || isInRanges(host, inbound?.sources ?? [])
    })
  const take: NonNullable<Handlers['onRegister']> = (register) =>
    void handleRegister({ ...parts, admit, bindings, isCarrier }, register)
  return {
    registered: async ({ id, registers }) => {
      const nowMs = clock.now()
      const found = registers ? bindings.of(id, nowMs) : []
      const keys = await Promise.all(found.map(({ keyId }) => directory.findKey(keyId)))
      return found.filter((_binding, at) => isGood(keys[at], nowMs))
    },
    get onRegister() {
      return isOpen() ? take : undefined
    },
  }
}

/** Whether who has registered by the key is still to be called. */
function isGood(key: Key | undefined, nowMs: number): boolean {
  return key?.status === 'active' && (key.expiresAtMs ?? Number.POSITIVE_INFINITY) > nowMs
}
