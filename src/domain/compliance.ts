import type { CallClass } from './call-class.ts'

/** How good a row is: its words were read, or a summary of them, or neither. */
export const evidenceKinds = ['read', 'secondary', 'unverified'] as const
export type Evidence = (typeof evidenceKinds)[number]

/** Where a row applies, and why it is there. Every row names its source and when that was read. */
export interface RuleOrigin {
  /** ISO 3166 region, or `*` for every region that has no row of its own. */
  readonly region: string
  /** ISO 3166-2 without the country; undefined where the row is of the whole region. */
  readonly subdivision: string | undefined
  readonly source: string
  /** ISO 8601 date on which the source was checked. */
  readonly checked: string
  /** What that check has seen. It weakens no row: an unverified one holds as any other. */
  readonly evidence: Evidence
}

/** Minutes of a local day, from `from`, below `to`. */
export interface DayWindow {
  readonly from: number
  readonly to: number
}

/** When calls of some classes may be placed, in the callee's local time. */
export interface HoursRow extends RuleOrigin {
  readonly classes: readonly CallClass[]
  /** From Sunday to Saturday; an empty day has no calls. */
  readonly week: readonly (readonly DayWindow[])[]
  /** Whether public holidays have no calls. */
  readonly closedOnHolidays: boolean
}

/** How often one number may be called in any such time. */
export interface AttemptsRow extends RuleOrigin {
  readonly classes: readonly CallClass[]
  readonly window: '24h' | '30d'
  readonly attemptsMax: number
}

/** What has to have happened before a call may be recorded, from the mildest to the strictest. */
export const recordingRules = ['one_party', 'announcement', 'all_party', 'none'] as const
/** One who takes part knows; all are told; all agree; nobody may. */
export type RecordingRule = (typeof recordingRules)[number]

export interface RecordingRow extends RuleOrigin {
  readonly rule: RecordingRule
}

/** Calls of these classes need the callee's consent on record. */
export interface ConsentRow extends RuleOrigin {
  readonly classes: readonly CallClass[]
}

/** The law as far as somebody has written it down. */
export interface ComplianceTables {
  readonly hours: readonly HoursRow[]
  readonly attempts: readonly AttemptsRow[]
  readonly recording: readonly RecordingRow[]
  readonly consent: readonly ConsentRow[]
}

/** Tables without any row. */
export const noCompliance: ComplianceTables = {
  hours: [],
  attempts: [],
  recording: [],
  consent: [],
}

/** What a tenant does about recording its calls, from nothing to the most careful. */
export const recordingPractices = ['none', 'unannounced', 'announced', 'agreed'] as const
/** Not recorded; recorded; recorded after an announcement; recorded after everybody agreed. */
export type RecordingPractice = (typeof recordingPractices)[number]
