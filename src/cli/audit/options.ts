/** Where the audit log is unless told otherwise. */
export const defaultDir = 'data/audit'

/** The option that every command on the log has. */
export const dirOption = { dir: { type: 'string', default: defaultDir } } as const
