import { configFileVariable, environment } from '../config/environment.ts'
import { loadSettings, type Settings } from '../config/load.ts'
import { UsageError } from './command.ts'

/** The settings of the file that is named, there or by the environment. */
export function settingsIn(config: string | undefined): Settings {
  const file = config ?? environment()[configFileVariable]
  if (file === undefined) {
    throw new UsageError(`which settings? --config <file> or ${configFileVariable}`)
  }
  return loadSettings(file, environment())
}
