/** Every way in which a part of Tollgate can fail, as a stable code that callers switch on. */
const failureCodes = [
  'config_invalid',
  'engine_unreachable',
  'engine_refused',
  'engine_lost',
  'store_unavailable',
  'audit_unavailable',
  'audit_corrupt',
  'certificate_invalid',
  'signing_failed',
  'leg_gone',
  'not_found',
  'timed_out',
  'too_large',
] as const

export type FailureCode = (typeof failureCodes)[number]

/** A failure of ours or of something we depend on; never used for a call that is merely refused. */
export class Failure extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failure'
    this.code = code
  }
}

/** Whether an error, of the system or of a library, has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** What an error says, without its stack; whatever else was thrown, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
