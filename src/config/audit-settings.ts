import type { SettingRow } from './setting-row.ts'
import * as type from './types.ts'

/** Settings of the audit log. */
export const auditRows = {
  'audit.dir': {
    env: 'TOLLGATE_AUDIT_DIR',
    default: 'data/audit',
    type: type.text(1000),
    help: 'Directory of the audit log; only ever appended to.',
  },
  'audit.origin': {
    env: 'TOLLGATE_AUDIT_ORIGIN',
    default: undefined,
    type: type.logOrigin.optional(),
    help: 'What the log is called in its checkpoints, such as audit.example.com/gate1, for good; without it, a random name made at the first start.',
  },
  'audit.keyFile': {
    env: 'TOLLGATE_AUDIT_KEY_FILE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'File with the private key that signs checkpoints, made at the first start; without it, audit.dir with .key behind.',
  },
  'audit.key': {
    env: 'TOLLGATE_AUDIT_KEY',
    default: undefined,
    type: type.secret.optional(),
    help: 'That private key itself, as the file would have it; then there is no file. Better given by the environment than by a file.',
  },
  'audit.witnesses': {
    env: 'TOLLGATE_AUDIT_WITNESSES',
    default: [],
    type: type.list(type.witness),
    help: 'Who cosigns checkpoints (c2sp.org/tlog-witness): the verifier key of each, a blank, and the URL that /add-checkpoint is put behind.',
  },
  'audit.keysPath': {
    env: 'TOLLGATE_AUDIT_KEYS_PATH',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'File of the keys of personal data in the log; without it, audit.dir and `-keys.sqlite`. Who loses it cannot read them any more.',
  },
  'audit.indexPath': {
    env: 'TOLLGATE_AUDIT_INDEX_PATH',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'File of the index of call records, which can be made anew from the log; without it, audit.dir and `-index.sqlite`.',
  },
  'audit.cliDir': {
    env: 'TOLLGATE_AUDIT_CLI_DIR',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'Directory of the log of what the command line is used for; without it, audit.dir and `-cli`.',
  },
} as const satisfies Record<string, SettingRow>
