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
  calls: 'Calls in progress on a running gate; `records search` has those of before.',
  breaker: 'Spike breakers.',
  bans: 'Sources that are not heard.',
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
    help: 'Say what a file declares otherwise than the gates go by.',
    load: async () => (await import('./declared/apply.ts')).diff,
  },
  apply: {
    help: 'Have the gates go by what a file declares, all of it or nothing.',
    load: async () => (await import('./declared/apply.ts')).apply,
  },
  export: {
    help: 'Print everything declared, as a file for `apply`; keys without their secrets.',
    load: async () => (await import('./declared/export.ts')).exportDeclared,
  },
  explain: {
    help: 'Say what would become of a call of a key, or of one that a carrier brings, by every check.',
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
    help: 'Have a running gate take no further calls; those in progress go on. It is ended next.',
    load: async () => (await import('./gate/drain.ts')).drain,
  },
  doctor: {
    help: 'Look at settings, store, engine, ports, certificates, clock, audit log and key file, and say what to do; beside a running gate or without.',
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  },
  completion: {
    help: 'Print what lets a shell complete the command line: `source <(tollgate completion bash)`.',
    load: async () => completionOf(commands),
  },
  'revisions list': {
    help: 'List the last changes of what is declared, newest first.',
    load: async () => (await import('./declared/revisions.ts')).revisionsList,
  },
  'revisions show': {
    help: 'Show one of the last changes: how each entry was before it, and after.',
    load: async () => (await import('./declared/revisions.ts')).revisionsShow,
  },
  'revisions roll-back': {
    help: 'Undo one change of what is declared, unless something of it was changed since.',
    load: async () => (await import('./declared/revisions.ts')).revisionsRollBack,
  },
  'revisions drop': {
    help: 'Let the file count again for what was changed at run time; also where no gate starts because the two contradict.',
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
    help: 'Show a key; of its secret nothing is kept that could be shown.',
    load: async () => (await import('./keys/look.ts')).keysShow,
  },
  'keys rotate': {
    help: 'Give a key a fresh secret and show it, once; the one before works on for a while.',
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
    help: 'Make a call token of a key: an hour at most, for certain calls if it names them.',
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
    help: 'Close a spike breaker, within a second on every gate; it measures afresh.',
    load: async () => (await import('./breaker.ts')).breakerClose,
  },
  'bans list': {
    help: 'List the sources that a running gate and its engine do not hear.',
    load: async () => (await import('./gate/bans.ts')).bansList,
  },
  'bans lift': {
    help: 'Have a running gate hear a source again.',
    load: async () => (await import('./gate/bans.ts')).bansLift,
  },
  'opt-outs add': {
    help: 'Let a number not be called any more, by a tenant or by nobody; acts on the next call.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsAdd,
  },
  'opt-outs withdraw': {
    help: 'Take an opt-out back; the tenant and scope are those it was added with.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsWithdraw,
  },
  'opt-outs import': {
    help: 'Keep the opt-outs of a CSV file, of a tenant or of everybody.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsImport,
  },
  'opt-outs list': {
    help: 'List the opt-outs of a tenant, or of everybody, a page at a time.',
    load: async () => (await import('./permissions/opt-outs-list.ts')).optOutsList,
  },
  'opt-outs check': {
    help: 'Say which opt-out keeps a number from being called, by class of call.',
    load: async () => (await import('./permissions/opt-outs.ts')).optOutsCheck,
  },
  'consents add': {
    help: 'Put a consent on record; acts on the next call.',
    load: async () => (await import('./permissions/consents.ts')).consentsAdd,
  },
  'consents import': {
    help: 'Keep the consents of a CSV file.',
    load: async () => (await import('./permissions/consents.ts')).consentsImport,
  },
  'consents revoke': {
    help: 'Take a consent back; acts on the next call. The consent stays on record.',
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
    help: "Print a call's events, oldest first. Without settings what is sealed stays so.",
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
    help: 'End now what has had its time by the retention of its tenant; a gate does so each day.',
    load: async () => (await import('./audit/erase.ts')).auditExpire,
  },
  'audit reindex': {
    help: 'Make the index of call records anew from the audit log; a gate that runs may go on.',
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
    help: 'Print whom each certificate in a PEM file is of and speaks for, and when it ends.',
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
    help: 'List the webhooks that no receiver took, the last 100 of all gates.',
    load: async () => (await import('./webhooks.ts')).webhooksFailed,
  },
}
