import { completionOf } from './completion.ts'
import type { CommandRow } from './line/parse.ts'

/** What the first words of commands of two words are about. */
export const groups = {
  keys: 'Keys and call tokens.',
  tenants: 'Tenants.',
  policies: 'Policies.',
  carriers: 'Carriers; `apply` changes them.',
  trunks: "Tenants' trunks; `apply` changes them.",
  numbers: 'Numbers and whose they are; `apply` changes them.',
  revisions: 'Changes of what is declared.',
  calls: 'Calls in progress on a running gate; `records search` finds earlier ones.',
  breaker: 'Spike breakers.',
  bans: 'Banned sources.',
  'opt-outs': 'Numbers that are not to be called.',
  consents: 'Consents to be called.',
  webhooks: 'Webhooks.',
  certs: 'Certificates.',
  passport: 'PASSporTs, and the Identity headers that bring them.',
  records: 'Call records.',
  audit: 'The audit log, and evidence from it.',
} as const

/** Every command by its words, each loaded when it is wanted. */
export const commands: Readonly<Record<string, CommandRow>> = {
  start: {
    help: 'Run a gate until a signal drains it; `tollgate settings` lists what its file may say.',
    load: async () => (await import('./start.ts')).start,
  },
  settings: {
    help: 'List every setting: its path in the file, its name in the environment, its default.',
    load: async () => (await import('./settings.ts')).settings,
  },
  diff: {
    help: 'Show how what a file declares differs from what the gates go by.',
    load: async () => (await import('./declared/apply.ts')).diff,
  },
  apply: {
    help: 'Have the gates go by what a file declares, as a whole or not at all.',
    load: async () => (await import('./declared/apply.ts')).apply,
  },
  export: {
    help: 'Print everything declared as a file for `apply`, keys without their secrets.',
    load: async () => (await import('./declared/export.ts')).exportDeclared,
  },
  explain: {
    help: 'Say what every check would find of a call, by a key or from a carrier; no call is placed.',
    load: async () => (await import('./explain/explain.ts')).explain,
  },
  usage: {
    help: 'Say how far the limits and budgets of a tenant are used up; asks a running gate.',
    load: async () => (await import('./gate/usage.ts')).usage,
  },
  reload: {
    help: 'Have a running gate read its file, certificates, lists and tables again, all of it or nothing; no call is dropped.',
    load: async () => (await import('./gate/reload.ts')).reload,
  },
  drain: {
    help: 'Have a running gate take no further calls; those in progress go on, and the process stays until a signal ends it.',
    load: async () => (await import('./gate/drain.ts')).drain,
  },
  doctor: {
    help: 'Look at settings, store, engine, ports, certificates, clock, audit log and key file, and say what to do; beside a running gate or without.',
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  },
  completion: {
    help: 'Print the script by which a shell completes the command line: `source <(tollgate completion bash)`.',
    load: async () => completionOf(commands),
  },
  'revisions list': {
    help: 'List the last changes of what is declared, newest first.',
    load: async () => (await import('./declared/revisions.ts')).revisionsList,
  },
  'revisions show': {
    help: 'Show one of the last changes: each entry before it and after it.',
    load: async () => (await import('./declared/revisions.ts')).revisionsShow,
  },
  'revisions roll-back': {
    help: 'Undo one change of what is declared, unless any of it was changed again since.',
    load: async () => (await import('./declared/revisions.ts')).revisionsRollBack,
  },
  'revisions drop': {
    help: 'Take back what was changed at run time, so that the file counts again; works even if no gate starts because the two contradict each other.',
    load: async () => (await import('./declared/revisions.ts')).revisionsDrop,
  },
  'keys mint': {
    help: 'Make a key and show it, once; it works at once on every gate.',
    load: async () => (await import('./keys/mint.ts')).keysMint,
  },
  'keys declare': {
    help: 'Make a key for the file of settings and print the lines that belong there.',
    load: async () => (await import('./keys/declare.ts')).keysDeclare,
  },
  'keys list': {
    help: 'List the keys: id, mode, status, tenant, policy, last use.',
    load: async () => (await import('./keys/look.ts')).keysList,
  },
  'keys show': {
    help: 'Show a key, but not its secret, which is kept nowhere.',
    load: async () => (await import('./keys/look.ts')).keysShow,
  },
  'keys rotate': {
    help: 'Give a key a new secret and show it, once; the old one keeps working for a while.',
    load: async () => (await import('./keys/rotate.ts')).keysRotate,
  },
  'keys suspend': {
    help: 'Take a key out of use and end its running calls, within a second on every gate.',
    load: async () => (await import('./keys/status.ts')).keysSuspend,
  },
  'keys resume': {
    help: 'Bring a suspended key back into use.',
    load: async () => (await import('./keys/status.ts')).keysResume,
  },
  'keys revoke': {
    help: 'Take a key out of use for ever and end its running calls, within a second on every gate.',
    load: async () => (await import('./keys/status.ts')).keysRevoke,
  },
  'keys token': {
    help: 'Make a call token from a key: for an hour at most, and only for certain calls if they are named.',
    load: async () => (await import('./keys/token.ts')).keysToken,
  },
  'tenants list': {
    help: 'List the tenants that the gates go by, each with its version.',
    load: async () => (await import('./declared/export.ts')).tenantsList,
  },
  'tenants suspend': {
    help: 'Take all keys of a tenant out of use and end their calls, within a second on every gate.',
    load: async () => (await import('./tenants.ts')).tenantsSuspend,
  },
  'tenants resume': {
    help: 'Let a tenant call again.',
    load: async () => (await import('./tenants.ts')).tenantsResume,
  },
  'policies list': {
    help: 'List the policies that the gates go by, each with its version.',
    load: async () => (await import('./declared/export.ts')).policiesList,
  },
  'carriers list': {
    help: 'List the carriers that the gates go by, each with its version.',
    load: async () => (await import('./declared/export.ts')).carriersList,
  },
  'trunks list': {
    help: 'List the trunks that the gates go by, each with its version.',
    load: async () => (await import('./declared/export.ts')).trunksList,
  },
  'numbers list': {
    help: 'List the numbers that the gates go by, each with its version.',
    load: async () => (await import('./declared/export.ts')).numbersList,
  },
  'calls list': {
    help: 'List the calls in progress on a running gate.',
    load: async () => (await import('./gate/calls.ts')).callsList,
  },
  'calls tail': {
    help: 'Print calls as they happen on a running gate, until Ctrl-C.',
    load: async () => (await import('./gate/tail.ts')).callsTail,
  },
  'calls end': {
    help: 'End a call in progress on a running gate.',
    load: async () => (await import('./gate/calls.ts')).callsEnd,
  },
  'breaker list': {
    help: 'List the spike breakers that are throttled, open or half-open.',
    load: async () => (await import('./breaker.ts')).breakerList,
  },
  'breaker close': {
    help: 'Close a spike breaker, within a second on every gate; it starts measuring again.',
    load: async () => (await import('./breaker.ts')).breakerClose,
  },
  'bans list': {
    help: 'List the sources that a running gate and its engine have banned.',
    load: async () => (await import('./gate/bans.ts')).bansList,
  },
  'bans lift': {
    help: 'Lift the ban of a source on a running gate.',
    load: async () => (await import('./gate/bans.ts')).bansLift,
  },
  'opt-outs add': {
    help: 'Keep a number from being called, by one tenant or by all; takes effect with the next call.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsAdd,
  },
  'opt-outs withdraw': {
    help: 'Take an opt-out back; give the tenant and scope that it was added with.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsWithdraw,
  },
  'opt-outs import': {
    help: 'Add the opt-outs of a CSV file, for one tenant or for all.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsImport,
  },
  'opt-outs list': {
    help: 'List the opt-outs of one tenant, or those for all, a page at a time.',
    load: async () => (await import('./permissions/opt-outs-list.ts')).optOutsList,
  },
  'opt-outs check': {
    help: 'Say which opt-out keeps a number from being called, by class of call.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsCheck,
  },
  'consents add': {
    help: 'Put a consent on record; takes effect with the next call.',
    load: async () => (await import('./permissions/consents.ts')).consentsAdd,
  },
  'consents import': {
    help: 'Put the consents of a CSV file on record.',
    load: async () => (await import('./permissions/consents.ts')).consentsImport,
  },
  'consents revoke': {
    help: 'Take a consent back; takes effect with the next call. It stays on record.',
    load: async () => (await import('./permissions/consents.ts')).consentsRevoke,
  },
  'consents list': {
    help: "Show a number's consents, the latest first, revoked and expired ones too.",
    load: async () => (await import('./permissions/consents.ts')).consentsList,
  },
  'records search': {
    help: 'Print call records, the newest first, a page at a time.',
    load: async () => (await import('./records/search.ts')).recordsSearch,
  },
  'records export': {
    help: 'Write call records to standard output, the oldest first.',
    load: async () => (await import('./records/export.ts')).recordsExport,
  },
  'audit trace': {
    help: 'Answer a traceback: key, tenant, source and carrier of calls to or from a number, the nearest in time first.',
    load: async () => (await import('./audit/trace.ts')).auditTrace,
  },
  'audit show': {
    help: "Print a call's events, oldest first. Without settings, sealed values stay sealed.",
    load: async () => (await import('./audit/show.ts')).auditShow,
  },
  'audit verify': {
    help: 'Check every entry of the audit log against its tree, and the tree against its signed checkpoint.',
    load: async () => (await import('./audit/verify.ts')).auditVerify,
  },
  'audit evidence': {
    help: "Write one file that proves a call's events to a stranger.",
    load: async () => (await import('./audit/evidence.ts')).auditEvidence,
  },
  'audit check': {
    help: 'Check an evidence file by itself, without log or configuration, and print what it proves.',
    load: async () => (await import('./audit/evidence.ts')).auditCheck,
  },
  'audit erase': {
    help: "Destroy the keys of one number or address in a tenant's calls, for ever; the log still verifies. Reads the whole log.",
    load: async () => (await import('./audit/erase.ts')).auditErase,
  },
  'audit expire': {
    help: 'Destroy what the retention of its tenant no longer allows; a gate does so every day.',
    load: async () => (await import('./audit/erase.ts')).auditExpire,
  },
  'audit reindex': {
    help: 'Make the index of call records again from the audit log; a gate may run meanwhile.',
    load: async () => (await import('./audit/reindex.ts')).auditReindex,
  },
  'certs ca': {
    help: 'Make a test CA: <path>.pem and <path>.key. Nobody outside trusts it.',
    load: async () => (await import('./certs/make.ts')).certsCa,
  },
  'certs issue': {
    help: 'Issue a SHAKEN certificate by a test CA: <path>.pem with the chain, and <path>.key unless --key is given.',
    load: async () => (await import('./certs/make.ts')).certsIssue,
  },
  'certs csr': {
    help: 'Make a request to an STI-CA (ATIS-1000080): <path>.csr, and <path>.key unless --key is given.',
    load: async () => (await import('./certs/make.ts')).certsCsr,
  },
  'certs show': {
    help: 'Print of each certificate in a PEM file who holds it, whom it speaks for, and when it ends.',
    load: async () => (await import('./certs/show.ts')).certsShow,
  },
  'passport decode': {
    help: "Print what an Identity header or a bare PASSporT says. Doesn't verify it.",
    load: async () => (await import('./passport.ts')).passportDecode,
  },
  'passport verify': {
    help: 'Verify the caller of a SIP request, or of Identity headers alone.',
    load: async () => (await import('./passport-verify.ts')).passportVerify,
  },
  'webhooks failed': {
    help: 'List the last 100 webhooks of all gates that their receiver did not take.',
    load: async () => (await import('./webhooks.ts')).webhooksFailed,
  },
}
