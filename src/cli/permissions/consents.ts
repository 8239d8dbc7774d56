import { createReadStream } from 'node:fs'
import type { Consent } from '../../domain/permission.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Permissions } from '../../store/permission-port.ts'
import { readConsents } from '../../tables/consent-file.ts'
import { faultsText } from '../../tables/csv.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { inOffice, officeOptions, officeUsage } from '../keys/office.ts'
import { numberGiven, tenantGiven } from './permission-options.ts'

const options = { ...officeOptions, tenant: { type: 'string' } } as const

/** Consents that are kept in one step. */
const batchConsents = 5_000

/** `tollgate consents import`: each consent is in force when the command ends. */
export const consentsImport: Command = {
  recorded: 'whole',
  usage: `consents import <file> --tenant <id> [--skip-bad-lines] ${officeUsage}`,
  help: 'Keep the consents of a CSV file: id, number, purpose, how, given_at, evidence, expires_at.',
  async run(args, terminal) {
    const wanted = {
      options: { ...options, 'skip-bad-lines': { type: 'boolean', default: false } },
      count: 1,
      otherwise: 'exactly one file is needed',
    } as const
    const { values, argument } = readArguments(args, wanted)
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const badLines = values['skip-bad-lines'] ? 'skip' : 'refuse'
      const { report, consents } = await readConsents(
        createReadStream(argument),
        tenantId,
        badLines,
      )
      if (report.linesBad > 0) {
        terminal.err(printable(`${argument} has bad lines:`))
        terminal.err(faultsText(report))
      }
      if (!consents) return exitCodes.no
      const added = await keepAll(office.books.permissions, consents)
      const known = consents.length - added
      if (values.json) terminal.out(JSON.stringify({ added, known, bad: report.linesBad }))
      else terminal.out(`${added} consents are kept; ${known} were on record already.`)
      return exitCodes.ok
    })
  },
}

async function keepAll(permissions: Permissions, consents: readonly Consent[]): Promise<number> {
  let added = 0
  for (let at = 0; at < consents.length; at += batchConsents) {
    added += await permissions.addConsents(consents.slice(at, at + batchConsents))
  }
  return added
}

/** `tollgate consents revoke`: the next call on any gate has it. */
export const consentsRevoke: Command = {
  recorded: 'whole',
  usage: `consents revoke <id> --tenant <id> ${officeUsage}`,
  help: 'Take a consent back; acts on the next call. The consent stays on record.',
  async run(args, terminal) {
    const otherwise = 'exactly one consent id is needed'
    const { values, argument: id } = readArguments(args, { options, count: 1, otherwise })
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const atMs = office.clock.now()
      const was = await office.books.permissions.revokeConsent(tenantId, id, atMs)
      if (!was) throw new Failure('not_found', `the tenant has no consent ${id}`)
      if (values.json) terminal.out(JSON.stringify({ tenantId, id }))
      else terminal.out(printable(`Consent ${id} is revoked.`))
      return exitCodes.ok
    })
  },
}

/** `tollgate consents list`: everything on record about a number. */
export const consentsList: Command = {
  recorded: 'whole',
  usage: `consents list <number> --tenant <id> ${officeUsage}`,
  help: "Show a number's consents, the latest first, revoked and expired ones too.",
  async run(args, terminal) {
    const otherwise = 'exactly one number is needed'
    const { values, argument } = readArguments(args, { options, count: 1, otherwise })
    const e164 = numberGiven(argument)
    return inOffice(values.config, async (office) => {
      const tenantId = tenantGiven(values.tenant, office)
      const consents = await office.books.permissions.consentsOf(tenantId, e164)
      for (const consent of consents) {
        terminal.out(values.json ? JSON.stringify(consent) : printable(lineOf(consent)))
      }
      return consents.length > 0 ? exitCodes.ok : exitCodes.no
    })
  },
}

function lineOf({ id, purpose, how, givenAtMs, evidence, ...ends }: Consent): string {
  const { expiresAtMs, revokedAtMs } = ends
  const until = expiresAtMs === undefined ? '' : `, until ${momentText(expiresAtMs)}`
  const revoked = revokedAtMs === undefined ? '' : `, revoked ${momentText(revokedAtMs)}`
  return `${id}: ${purpose}, ${how}, given ${momentText(givenAtMs)}${until}${revoked}, ${evidence}`
}

function momentText(atMs: number): string {
  return new Date(atMs).toISOString()
}
