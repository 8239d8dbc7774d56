import type { CallClass } from './call-class.ts'
import type { RecordingPractice } from './compliance.ts'

/** How a policy's calls behave towards those who are called, and what they may say they are for. */
export interface Conduct {
  /** What a call may claim to be for; the first is meant where it claims nothing. */
  readonly callClasses: readonly CallClass[]
  /** Calls of these classes need the callee's consent on record, whatever the law of the place. */
  readonly consentClasses: readonly CallClass[]
  /** Where the callee is taken to be when the number tells no time zone. IANA name. */
  readonly calleeTimeZone: string | undefined
  readonly recording: RecordingPractice
}

/** Conduct of a policy that says nothing of it: no marketing and no recording. */
export const usualConduct: Conduct = {
  callClasses: ['transactional'],
  consentClasses: ['marketing'],
  calleeTimeZone: undefined,
  recording: 'none',
}
