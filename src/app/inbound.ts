import type { CredentialParts } from '../admission/credential-parts.ts'
import { createInboundAdmission } from '../admission/inbound/admission.ts'
import type { InboundParts } from '../admission/inbound/checks.ts'
import { inEitherDirection } from '../admission/inbound/directions.ts'
import { EmergencyCallbacks } from '../admission/inbound/emergency-callbacks.ts'
import type { Admit } from '../admission/pipeline.ts'
import type { Stages } from '../call/stages.ts'
import type { Store } from '../store/port.ts'

interface Around extends Omit<InboundParts, 'directory' | 'limiter' | 'callbacks'> {
  readonly store: Pick<Store, 'directory' | 'limiter' | 'board'>
  readonly credentials: Pick<CredentialParts, 'certificates'>
}

/** Admission of the calls that go out, and of those that carriers bring. */
export function admitInboundToo(outbound: Admit, around: Around): Stages['admit'] {
  const { store, credentials, ...terms } = around
  const callbacks = new EmergencyCallbacks(store.board)
  const { directory, limiter } = store
  const { certificates } = credentials
  const inbound = createInboundAdmission({ ...terms, directory, limiter, certificates, callbacks })
  return inEitherDirection({ outbound, inbound, callbacks, clock: terms.clock })
}
