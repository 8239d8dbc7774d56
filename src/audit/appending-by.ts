import type { AuditLog } from './event.ts'

/** The same log, where every event goes by way of `append`. */
export function appendingBy(log: AuditLog, append: AuditLog['append']): AuditLog {
  return {
    get isWritable() {
      return log.isWritable
    },
    append,
    hurry: () => log.hurry(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  }
}
