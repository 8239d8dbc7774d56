import { configFileVariable } from '../../config/environment.ts'
import { jsonOption, optional } from './options.ts'
import { directory, file } from './values.ts'

/** By which settings. */
export const configOption = optional(
  file,
  `The file of settings of the gate; without it, the one that ${configFileVariable} names.`,
)

/** The options of every command that looks into what gates share. */
export const officeOptions = { config: configOption, json: jsonOption } as const

/** Where this machine has the CSV files of lists, for commands that judge them before they are declared. */
export const filesOption = optional(
  directory,
  'The folder where this machine has the CSV files of lists; without it, they are at the paths that gates read.',
)
