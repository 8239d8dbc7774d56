/** Names the file of settings; read by who runs the program, so not a setting itself. */
export const configFileVariable = 'TOLLGATE_CONFIG'

/** Holds the key that the command line asks a gate with; never a setting, and no gate reads it. */
export const apiKeyVariable = 'TOLLGATE_API_KEY'

/** The environment as plain data. The only place in the house that reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
