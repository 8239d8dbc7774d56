import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { callClasses } from '../domain/call-class.ts'
import {
  type ComplianceTables,
  type DayWindow,
  evidenceKinds,
  type HoursRow,
  noCompliance,
  type RuleOrigin,
  recordingRules,
} from '../domain/compliance.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import { Problems, problemsText } from './problem.ts'
import { isRegion, mayBeIn } from './regions.ts'
import * as type from './types.ts'

const minutesOfHour = 60
const minutesOfDay = 24 * minutesOfHour

/** From Sunday, as weeks are counted here. */
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
/** Days that may be written together. */
const dayNames: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(weekdays.map((day) => [day, [day]])),
  'mon-fri': ['mon', 'tue', 'wed', 'thu', 'fri'],
  'mon-sat': ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  'sat-sun': ['sat', 'sun'],
  daily: weekdays,
}

const windowsReason = 'must be hours such as "10:00-13:00, 14:00-20:00"'

const windows = z.string(windowsReason).transform((text, context): readonly DayWindow[] => {
  const found = text.split(',').map((part) => windowOf(part.trim()))
  if (found.every((window) => window !== undefined)) return found
  context.addIssue(windowsReason)
  return z.NEVER
})

function windowOf(text: string): DayWindow | undefined {
  const [, ...figures] = /^(\d{2}):([0-5]\d)-(\d{2}):([0-5]\d)$/.exec(text) ?? []
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = figures.map(Number)
  const from = fromHour * minutesOfHour + fromMinute
  const to = toHour * minutesOfHour + toMinute
  return from < to && to <= minutesOfDay ? { from, to } : undefined
}

const week = z
  .partialRecord(type.oneOf(Object.keys(dayNames) as [string, ...string[]]), windows)
  .transform((days, context) => {
    const entries = Object.entries(days).flatMap(([name, hours]) =>
      (dayNames[name] ?? []).map((day) => [day, hours ?? []] as const),
    )
    const named = new Map(entries)
    if (named.size < entries.length) context.addIssue('names a day twice')
    return weekdays.map((day) => named.get(day) ?? [])
  })

const origin = {
  subdivision: z
    .string('must be text')
    .regex(/^[A-Z0-9]{1,3}$/, 'must be the part of ISO 3166-2 behind the country')
    .optional(),
  source: type.text(300),
  checked: z.iso.date('must be a date such as 2026-11-25, in quotes'),
  evidence: type.oneOf(evidenceKinds),
  note: type.text(500).optional(),
}
// A row about no class would be about no call.
const classes = type
  .list(type.oneOf(callClasses))
  .refine((names) => names.length > 0, 'names no class')
  .default(['marketing'])

const hoursRow = z.strictObject({
  ...origin,
  classes,
  days: week,
  holidays: type.oneOf(['open', 'closed']).default('open'),
})
const attemptsRow = z.strictObject({
  ...origin,
  classes,
  window: type.oneOf(['24h', '30d']),
  max: type.whole(1, 100_000),
})
const recordingRow = z.strictObject({ ...origin, rule: type.oneOf(recordingRules) })
const consentRow = z.strictObject({ ...origin, classes })

const fileForm = z
  .strictObject({
    regions: z
      .array(
        z
          .string('must be text')
          .refine(
            (name) => name === '*' || isRegion(name),
            'is neither a region (ISO 3166) nor "*"',
          ),
        'must be a list',
      )
      .min(1, 'names no region'),
    // A region with a file has what the file says and no more: leaving hours or recording out would
    // free it of all rules.
    hours: z.array(hoursRow, 'must be a list').min(1, 'needs at least one row'),
    attempts: z.array(attemptsRow, 'must be a list').default([]),
    recording: z.array(recordingRow, 'must be a list').min(1, 'needs at least one row'),
    consent: z.array(consentRow, 'must be a list').default([]),
  })
  .superRefine(checkSubdivisions)

interface Rows {
  readonly regions: readonly string[]
  readonly hours: readonly Part[]
  readonly attempts: readonly Part[]
  readonly recording: readonly Part[]
  readonly consent: readonly Part[]
}

interface Part {
  readonly subdivision?: string | undefined
}

/** A mistyped state would be a law that no call is ever held against. */
function checkSubdivisions(file: Rows, context: z.RefinementCtx): void {
  const { regions, ...sections } = file
  for (const [section, rows] of Object.entries(sections)) {
    for (const [index, { subdivision }] of rows.entries()) {
      const region = regions.find((each) => subdivision && !mayBeIn(each, subdivision))
      if (region === undefined) continue
      const message = `is not a state or province of ${region}`
      context.addIssue({ code: 'custom', path: [section, index, 'subdivision'], message })
    }
  }
}

type File = z.output<typeof fileForm>

/** The compliance tables of a directory of YAML files; throws all that is wrong with them at once. */
export function loadCompliance(dir: string): ComplianceTables {
  const problems = new Problems()
  const files: File[] = []
  const fileOf = new Map<string, string>()
  for (const name of namesIn(dir)) {
    const file = readFile(join(dir, name), name, problems)
    if (!file) continue
    files.push(file)
    for (const region of file.regions) {
      const earlier = fileOf.get(region)
      if (earlier) problems.add(name, `region ${region} is already in ${earlier}`)
      fileOf.set(region, name)
    }
  }
  if (problems.all.length > 0) {
    throw new Failure('config_invalid', `${dir} has problems:\n${problemsText(problems.all)}`)
  }
  return files.flatMap(tablesOf).reduce(together, noCompliance)
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
  } catch (cause) {
    const why = messageOf(cause)
    throw new Failure('config_invalid', `compliance.dir ${dir} cannot be read: ${why}`, { cause })
  }
}

function readFile(path: string, name: string, problems: Problems): File | undefined {
  const document = parseDocument(readFileSync(path, 'utf8'))
  for (const { code, linePos } of document.errors) {
    problems.add(`${name}: line ${linePos?.[0].line ?? 1}`, `is not YAML (${code.toLowerCase()})`)
  }
  if (document.errors.length > 0) return undefined
  const value: unknown = document.toJS()
  const parsed = fileForm.safeParse(value)
  if (parsed.success) return parsed.data
  problems.addIssues([name], value, parsed.error)
  return undefined
}

/** The tables of a file, once for each of its regions. */
function tablesOf({ regions, hours, attempts, recording, consent }: File): ComplianceTables[] {
  return regions.map((region) => ({
    hours: hours.map(
      ({ days, holidays, ...row }): HoursRow => ({
        ...originOf(row, region),
        classes: row.classes,
        week: days,
        closedOnHolidays: holidays === 'closed',
      }),
    ),
    attempts: attempts.map(({ max, window, ...row }) => ({
      ...originOf(row, region),
      classes: row.classes,
      window,
      attemptsMax: max,
    })),
    recording: recording.map(({ rule, ...row }) => ({ ...originOf(row, region), rule })),
    consent: consent.map((row) => ({ ...originOf(row, region), classes: row.classes })),
  }))
}

type WrittenRow = File['recording'][number]
type WrittenOrigin = Pick<WrittenRow, 'subdivision' | 'source' | 'checked' | 'evidence'>

function originOf(
  { subdivision, source, checked, evidence }: WrittenOrigin,
  region: string,
): RuleOrigin {
  return { region, subdivision, source, checked, evidence }
}

function together(all: ComplianceTables, more: ComplianceTables): ComplianceTables {
  return {
    hours: [...all.hours, ...more.hours],
    attempts: [...all.attempts, ...more.attempts],
    recording: [...all.recording, ...more.recording],
    consent: [...all.consent, ...more.consent],
  }
}
