import { type DestinationStream, pino } from 'pino'
import { hideSecrets } from './secret.ts'

/** What the rest of the house logs with: an object of figures first, then a sentence. */
export interface Logger {
  debug(figures: object, sentence: string): void
  info(figures: object, sentence: string): void
  warn(figures: object, sentence: string): void
  error(figures: object, sentence: string): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Property names under which a credential could be handed to the log by mistake. */
const secretNames = [
  'secret',
  'key',
  'apiKey',
  'password',
  'authorization',
  'token',
  'privateKey',
  'x-api-key',
  'X-API-Key',
]

const paths = secretNames.flatMap((name) => {
  const step = /^[A-Za-z]+$/.test(name) ? name : `["${name}"]`
  const below = step.startsWith('[') ? `*${step}` : `*.${step}`
  return [step, below, below.startsWith('*[') ? `*.${below}` : `*.${below}`]
})

/**
 * One JSON line an entry. Credentials are removed twice: by the name of the property that holds
 * them, and by their own look wherever a text contains one (errors quote what they choke on).
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: { paths, censor: '[secret]' },
    hooks: { streamWrite: hideSecrets },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** Drops everything: for tests and tools that have nothing to tell. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
