import type { z } from 'zod'

/** One setting: how it is called in the environment, what it is without being set, what it may be. */
export interface SettingRow {
  readonly env: `TOLLGATE_${string}`
  /** As it would be written in the file; undefined where the setting may be left out. */
  readonly default: string | number | readonly string[] | undefined
  readonly type: z.ZodType
  /** One sentence for `--help` and the generated page. */
  readonly help: string
}
