import type { SettingRow } from './setting-row.ts'
import * as type from './types.ts'

/** Settings of the audit log. */
export const auditRows = {
  'audit.dir': {
    env: 'TOLLGATE_AUDIT_DIR',
    default: 'data/audit',
    type: type.text(1000),
    help: 'Directory of the audit log, which is only ever appended to.',
  },
  'audit.origin': {
    env: 'TOLLGATE_AUDIT_ORIGIN',
    default: undefined,
    type: type.logOrigin.optional(),
    help: 'Name of the log in its checkpoints, such as audit.example.com/gate1, for good; without it, a random name made at the first start.',
  },
  'audit.keyFile': {
    env: 'TOLLGATE_AUDIT_KEY_FILE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'File with the private key that signs checkpoints, made at the first start; without it, audit.dir with `.key` behind.',
  },
  'audit.key': {
    env: 'TOLLGATE_AUDIT_KEY',
    default: undefined,
    type: type.secret.optional(),
    help: 'That private key itself, as the file would have it, instead of a file. Better in the environment than here.',
  },
  'audit.witnesses': {
    env: 'TOLLGATE_AUDIT_WITNESSES',
    default: [],
    type: type.list(type.witness),
    help: 'Who cosigns checkpoints (c2sp.org/tlog-witness): of each the verifier key, a blank, and the URL without `/add-checkpoint`.',
  },
  'audit.keysPath': {
    env: 'TOLLGATE_AUDIT_KEYS_PATH',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'File of the keys of personal data in the log; without it, audit.dir with `-keys.sqlite` behind. Without this file those data cannot be read.',
  },
  'audit.indexPath': {
    env: 'TOLLGATE_AUDIT_INDEX_PATH',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'File of the index of call records, which can be made again from the log; without it, audit.dir with `-index.sqlite` behind.',
  },
  'audit.cliDir': {
    env: 'TOLLGATE_AUDIT_CLI_DIR',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'Directory of the log of uses of the command line; without it, audit.dir with `-cli` behind.',
  },
} as const satisfies Record<string, SettingRow>
