import { Failure } from '../kernel/failure.ts'

/** Why a log is not the one that was written. */
const faultReasons = {
  altered: 'the entry is not the one that the tree commits to',
  missing: 'entries are missing here',
  inserted: 'the tree does not commit to this entry',
  out_of_order: 'the entry belongs in another place',
  unreadable: 'the bytes are not an entry',
  cut_off: 'the log ends before the size of its checkpoint',
  tile_missing: 'a tile is missing',
  tile_altered: 'the tile does not have the hashes of the entries',
  checkpoint_missing: 'there is no checkpoint',
  checkpoint_unreadable: 'this is not a checkpoint',
  checkpoint_unsigned: 'the checkpoint is not signed by the key of this log',
  root_differs: 'entries and tiles agree with each other, but not with the checkpoint',
  rewritten: 'the log does not begin with what the older checkpoint commits to',
  key_unreadable: 'this is not a verifier key',
  not_a_file: 'this is not a file',
  too_long: 'the file is longer than any can be',
} as const

export type FaultReason = keyof typeof faultReasons

/** Where a log is not what was written: which file, which entry where that can be said, and why. */
export class AuditFault extends Failure {
  readonly file: string
  /** Counted from 0 over the whole log. */
  readonly index: number | undefined
  readonly reason: FaultReason

  constructor(file: string, index: number | undefined, reason: FaultReason) {
    const where = index === undefined ? file : `${file}, entry ${index}`
    super('audit_corrupt', `${where}: ${faultReasons[reason]}`)
    this.name = 'AuditFault'
    this.file = file
    this.index = index
    this.reason = reason
  }
}
