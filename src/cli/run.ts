import { auditErase, auditExpire } from './audit/erase.ts'
import { auditCheck, auditEvidence } from './audit/evidence.ts'
import { auditReindex } from './audit/reindex.ts'
import { auditShow } from './audit/show.ts'
import { auditTrace } from './audit/trace.ts'
import { auditVerify } from './audit/verify.ts'
import { breakerClose, breakerList } from './breaker.ts'
import { certsCa, certsCsr, certsIssue } from './certs/make.ts'
import { certsShow } from './certs/show.ts'
import {
  type Command,
  type ExitCode,
  exitCodes,
  explainError,
  printable,
  type Terminal,
} from './command.ts'
import { completionOf } from './completion.ts'
import { apply, diff } from './declared/apply.ts'
import { exportDeclared, policiesList, tenantsList } from './declared/export.ts'
import { revisionsList, revisionsRollBack } from './declared/revisions.ts'
import { doctor } from './doctor/doctor.ts'
import { explain } from './explain.ts'
import { keysDeclare } from './keys/declare.ts'
import { keysList, keysShow } from './keys/look.ts'
import { keysMint } from './keys/mint.ts'
import { keysRotate } from './keys/rotate.ts'
import { keysResume, keysRevoke, keysSuspend } from './keys/status.ts'
import { keysToken } from './keys/token.ts'
import { passportDecode } from './passport.ts'
import { passportVerify } from './passport-verify.ts'
import { consentsImport, consentsList, consentsRevoke } from './permissions/consents.ts'
import { optOutsAdd, optOutsWithdraw } from './permissions/opt-outs.ts'
import { runRecorded } from './recorded.ts'
import { recordsExport } from './records/export.ts'
import { recordsSearch } from './records/search.ts'
import { tenantsResume, tenantsSuspend } from './tenants.ts'
import { webhooksFailed } from './webhooks.ts'

const working: readonly Command[] = [
  ...[
    keysMint,
    keysDeclare,
    keysList,
    keysShow,
    keysRotate,
    keysSuspend,
    keysResume,
    keysRevoke,
    keysToken,
  ],
  ...[tenantsSuspend, tenantsResume, breakerList, breakerClose],
  ...[optOutsAdd, optOutsWithdraw, consentsImport, consentsRevoke, consentsList],
  ...[explain, doctor, diff, apply, exportDeclared, revisionsList, revisionsRollBack],
  ...[tenantsList, policiesList, webhooksFailed],
  ...[certsCa, certsIssue, certsCsr, certsShow],
  ...[auditTrace, recordsSearch, recordsExport, auditErase, auditExpire, auditReindex],
  ...[auditVerify, auditShow, auditEvidence, auditCheck, passportDecode, passportVerify],
]

const completion = completionOf(working)
const commands = [...working, completion]

/** Runs the command that the first two words name; never throws, and says what went wrong. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const words = args.slice(0, 2).join(' ')
  if (['', 'help', '--help', '-h'].includes(words)) {
    terminal.out(helpText())
    return words === '' ? exitCodes.usage : exitCodes.ok
  }
  const command = commands.find(({ usage }) => usage.startsWith(`${words} `)) ?? oneWord(args)
  if (!command) {
    terminal.err(helpText())
    return exitCodes.usage
  }
  try {
    const count = oneWordCommands.includes(command) ? 1 : 2
    const typed = { words: args.slice(0, count).join(' '), args: args.slice(count) }
    return await runRecorded(command, typed, terminal)
  } catch (error) {
    const { code, line } = explainError(error)
    terminal.err(`tollgate: ${printable(line)}`)
    if (code === exitCodes.usage) terminal.err(`usage: tollgate ${command.usage}`)
    return code
  }
}

/** The commands of a single word. */
const oneWordCommands: readonly Command[] = [
  explain,
  doctor,
  diff,
  apply,
  exportDeclared,
  completion,
]

function oneWord([word]: readonly string[]): Command | undefined {
  return oneWordCommands.find(({ usage }) => usage.startsWith(`${word} `))
}

function helpText(): string {
  const lines = commands.flatMap(({ usage, help }) => [`  tollgate ${usage}`, `      ${help}`])
  return [
    'usage:',
    ...lines,
    'exit codes: 0 yes, 1 no (damaged, not found), 2 wrong usage, 3 cannot be found out',
  ].join('\n')
}
