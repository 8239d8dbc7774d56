/** The environment as plain data. The only place in the house that reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
