import { auditPaths } from '../../config/audit-paths.ts'
import { configFileVariable, environment } from '../../config/environment.ts'
import { officeOptions } from '../line/common.ts'
import { optional } from '../line/options.ts'
import { directory } from '../line/values.ts'

/** Where the audit log is unless told otherwise. */
export const defaultDir = 'data/audit'

/** The options of commands that read a log. */
export const archiveOptions = {
  ...officeOptions,
  dir: optional(
    directory,
    `The log; without it, that of the settings, or ${defaultDir} where there are none.`,
  ),
} as const

interface Given {
  readonly config?: string | undefined
  readonly dir?: string | undefined
}

/** Whether a file of settings is named, there or by the environment. */
export function hasSettings(config: string | undefined): boolean {
  return (config ?? environment()[configFileVariable]) !== undefined
}

/** The directory of the log that is meant; whoever has no settings does not wait for what reads them. */
export async function logOf({ config, dir }: Given): Promise<string> {
  if (dir !== undefined) return dir
  if (!hasSettings(config)) return defaultDir
  const { settingsIn } = await import('../settings-in.ts')
  return auditPaths(settingsIn(config).values).dir
}
