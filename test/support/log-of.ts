import type { AuditLog } from '../../src/audit/event.ts'

/** A log that can be written, to which events go by way of `append`. */
export function logOf(append: AuditLog['append']): AuditLog {
  return {
    isWritable: true,
    append,
    hurry: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}
