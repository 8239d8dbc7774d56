import type { StateChanged } from '../../audit/event.ts'
import { consentRevoked, keepConsents } from '../../audit/state-changed.ts'
import { callClasses } from '../../domain/call-class.ts'
import type { Consent } from '../../domain/permission.ts'
import { Failure } from '../../kernel/failure.ts'
import { e164Reader } from '../../tables/cells.ts'
import { consentFrom, readConsents } from '../../tables/consent-file.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { inOffice } from '../keys/office.ts'
import { officeOptions } from '../line/common.ts'
import { needed, optional } from '../line/options.ts'
import { phoneNumber } from '../line/phone-number.ts'
import { partsGiven } from '../line/read-given.ts'
import { show } from '../line/show.ts'
import { choice, file, word } from '../line/values.ts'
import { badLinesOf, importBytesMax, keepInSteps, skipOption, tellFaults } from './import.ts'
import { tenantGiven } from './permission-options.ts'

const tenant = needed(word('<id>'), 'The tenant to whom they were given.')

/** The options that the cells of a consent come from, by the columns of a file of consents. */
const optionOf: Readonly<Record<string, string>> = {
  id: '--id',
  how: '--how',
  given_at: '--given',
  evidence: '--evidence',
  expires_at: '--expires',
}

/** `tollgate consents add`: the next call on any gate has it. */
export const consentsAdd = command({
  recorded: 'whole',
  argument: { type: phoneNumber, help: 'Who gave it.' },
  options: {
    id: needed(word('<id>'), 'An id by which the audit log names the consent.'),
    tenant: needed(word('<id>'), 'The tenant to whom it was given.'),
    purpose: needed(choice(callClasses), 'The class of calls that it is for.'),
    how: needed(word('<text>'), 'How it was given, such as "web form".'),
    given: needed(word('<moment>'), 'When: a date, or a moment with its offset.'),
    evidence: needed(word('<text>'), 'Where the evidence is kept.'),
    expires: optional(word('<moment>'), 'When it ends, written as --given is.'),
    ...officeOptions,
  },
  no: 'the tenant has a consent of that id',
  async run({ values, argument: number }, terminal) {
    const { id, purpose, how, given, evidence, expires = '' } = values
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const cells = [id, number, purpose, how, given, evidence, expires]
      const consent = consentFrom(cells, { tenantId, e164Of: await e164Reader() })
      if ('reason' in consent) {
        const { column = '', reason } = consent
        throw new UsageError(`${optionOf[column] ?? column} ${reason}`)
      }
      const record = (event: StateChanged) => terminal.record?.(event)
      const added = await keepConsents(office.books.permissions, [consent], record)
      if (added === 0) {
        terminal.err(`${tenantId} has a consent ${id} already; it is unchanged.`)
        return exitCodes.no
      }
      const lines = [`Consent ${id} of ${number} is on record (${purpose}).`]
      show(terminal, { json: values.json, value: consent, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate consents import`: each consent is in force when the command ends. */
export const consentsImport = command({
  recorded: 'whole',
  argument: {
    type: file,
    help: 'CSV whose first line names its columns: id, number, purpose, how, given_at, evidence, expires_at.',
  },
  options: {
    tenant,
    'skip-bad-lines': skipOption,
    ...officeOptions,
  },
  no: 'a line cannot be used, so nothing is kept',
  async run({ values, argument: path }, terminal) {
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const badLines = badLinesOf(values['skip-bad-lines'])
      const { report, consents } = await readConsents(
        partsGiven(path, importBytesMax),
        tenantId,
        badLines,
      )
      tellFaults(path, report, terminal)
      if (!consents) return exitCodes.no
      let added = 0
      const steps = { unit: 'consents', terminal }
      await keepInSteps(consents, steps, async (step) => {
        const { permissions } = office.books
        added += await keepConsents(permissions, step, (event) => terminal.record?.(event))
      })
      const known = consents.length - added
      const lines = [`${added} consents are added; ${known} were on record already.`]
      show(terminal, { json: values.json, value: { added, known, bad: report.linesBad }, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate consents revoke`: the next call on any gate has it. */
export const consentsRevoke = command({
  recorded: 'whole',
  argument: { type: word('<id>'), help: 'The consent.' },
  options: { tenant, ...officeOptions },
  no: 'the tenant has no such consent',
  async run({ values, argument: id }, terminal) {
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const atMs = office.clock.now()
      const was = await office.books.permissions.revokeConsent(tenantId, id, atMs)
      if (!was) throw new Failure('not_found', `the tenant has no consent ${id}`)
      await terminal.record?.(consentRevoked(tenantId, id))
      const lines = [`Consent ${id} is revoked.`]
      show(terminal, { json: values.json, value: { tenantId, id }, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate consents list`: everything on record about a number. */
export const consentsList = command({
  recorded: 'whole',
  argument: { type: phoneNumber, help: 'Who gave them.' },
  options: { tenant, ...officeOptions },
  no: 'there is none on record',
  async run({ values, argument: e164 }, terminal) {
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const consents = await office.books.permissions.consentsOf(tenantId, e164)
      const columns = ['id', 'purpose', 'how', 'given', 'until', 'revoked', 'evidence']
      const table = { columns, rows: consents.map(cellsOf) }
      show(terminal, { json: values.json, value: consents, table })
      return consents.length > 0 ? exitCodes.ok : exitCodes.no
    })
  },
})

function cellsOf({ id, purpose, how, givenAtMs, evidence, ...ends }: Consent) {
  const [until, revoked] = [ends.expiresAtMs, ends.revokedAtMs].map((atMs) => {
    return atMs === undefined ? undefined : momentText(atMs)
  })
  return [id, purpose, how, momentText(givenAtMs), until, revoked, evidence]
}

function momentText(atMs: number): string {
  return new Date(atMs).toISOString()
}
