/** Where the audit log is unless told otherwise. */
export const defaultDir = 'data/audit'
