/** Names the file of settings; read by who runs the program, so not a setting itself. */
export const configFileVariable = 'TOLLGATE_CONFIG'

/** The environment as plain data. The only place in the house that reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
