import { Failure } from '../kernel/failure.ts'

/** Why a log is not the one that was written. */
export const faultReasons = {
  unreadable: 'this is not a record',
  altered: 'the record does not match its own hash',
  missing: 'records are missing before this one',
  out_of_order: 'a record with this number has come already',
  unlinked: 'the record does not link to the one before it',
  unfinished: 'the record breaks off',
  cut_off: 'the log ends before the record that the head file remembers',
  head_differs: 'the record is not the one that the head file remembers',
  head_unreadable: 'the head file is missing or damaged',
} as const

export type FaultReason = keyof typeof faultReasons

/** The first place where a log is not what was written: which file, which line of it, and why. */
export class AuditFault extends Failure {
  readonly file: string
  readonly line: number
  readonly reason: FaultReason

  constructor(file: string, line: number, reason: FaultReason) {
    super('audit_corrupt', `${file}, line ${line}: ${faultReasons[reason]}`)
    this.name = 'AuditFault'
    this.file = file
    this.line = line
    this.reason = reason
  }
}
