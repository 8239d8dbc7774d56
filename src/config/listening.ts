import { Failure } from '../kernel/failure.ts'

const causes: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use; stop what listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
}

/** Where something shall listen, and the setting that says so. */
export interface Place {
  /** As a sentence names it: `127.0.0.1:5060`. */
  readonly where: string
  readonly setting: string
}

/**
 * What `listen` resolves with. An address that cannot be had becomes a `config_invalid` that names
 * the setting to change; every other error stays as it is.
 */
export async function listeningAt<Opened>(
  { where, setting }: Place,
  listen: () => Promise<Opened>,
): Promise<Opened> {
  try {
    return await listen()
  } catch (cause) {
    const code = /\bE[A-Z]{4,}\b/.exec(cause instanceof Error ? cause.message : '')?.[0] ?? ''
    const why = causes[code]
    if (why === undefined) throw cause
    const sentence = `cannot listen on ${where}: ${why}, or change ${setting}`
    throw new Failure('config_invalid', sentence, { cause })
  }
}
