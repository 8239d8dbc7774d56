import { userInfo } from 'node:os'
import { openAuditLog } from '../audit/append.ts'
import type { AuditLog, CliUsed } from '../audit/event.ts'
import { auditPaths } from '../config/audit-paths.ts'
import { configFileVariable, environment } from '../config/environment.ts'
import { loadSettings } from '../config/load.ts'
import { type Clock, sleep, systemClock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { silentLogger } from '../kernel/logger.ts'
import { type Random, systemRandom } from '../kernel/random.ts'
import { kindOfFigure } from '../sealing/places.ts'
import { createSealing } from '../sealing/seal-events.ts'
import { openKeys } from './audit/archive.ts'
import { type ExitCode, OutputGone, type Terminal } from './command.ts'
import type { Understood } from './line/parse.ts'
import { plainNumber } from './line/phone-number.ts'

/** How long a command waits for another that is being recorded. */
const lockTimeoutMs = 10_000
const lockRetryMs = 50
const useIdBytes = 12

/**
 * Runs a command; where it reads or changes what a gate has, by the settings of that gate, its use
 * is written into the log of the command line first, and its result after. What cannot be recorded
 * is not done.
 */
export async function runRecorded(
  typed: Understood,
  terminal: Terminal,
  run: (typed: Understood, terminal: Terminal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { command, given } = typed
  const config = textOf(given.values.config) ?? environment()[configFileVariable]
  if (!command.recorded || config === undefined) return run(typed, terminal)
  await using stack = new AsyncDisposableStack()
  const [clock, random] = [systemClock(), systemRandom()]
  const settings = loadSettings(config, environment())
  const keys = stack.use(openKeys(settings, random))
  const prepare = createSealing({ keys, clock, random })
  const around = { clock, random, logger: silentLogger, prepare }
  const log = stack.use(await openFree({ dir: auditPaths(settings.values).cliDir, ...around }))
  const use = useOf(typed, { random, isWithoutNumbers: command.recorded === 'without_numbers' })
  await log.append({ ...use, stage: 'began' })
  let linesRead = 0
  const recording: Terminal = {
    ...terminal,
    settings,
    out: (line, records = 1) => {
      linesRead += records
      terminal.out(line)
    },
    record: (event) => log.append(event),
  }
  const result = await run(typed, recording).catch(async (error: unknown) => {
    const code = error instanceof OutputGone ? error.code : undefined
    await log.append({ ...use, stage: 'ended', result: code, linesRead })
    throw error
  })
  await log.append({ ...use, stage: 'ended', result, linesRead })
  return result
}

interface Opening {
  readonly dir: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: typeof silentLogger
  readonly prepare: ReturnType<typeof createSealing>
}

/** One command at a time: the next waits for the log. */
async function openFree(opening: Opening): Promise<AuditLog> {
  const { clock } = opening
  const untilMs = clock.monotonic() + lockTimeoutMs
  for (;;) {
    try {
      return await openAuditLog(opening)
    } catch (error) {
      const isTaken = error instanceof Failure && error.message.endsWith('by another process')
      if (!isTaken || clock.monotonic() > untilMs) throw error
      await sleep(clock, lockRetryMs)
    }
  }
}

function useOf(
  { words, args, given: { values } }: Understood,
  { random, isWithoutNumbers }: { readonly random: Random; readonly isWithoutNumbers: boolean },
): CliUsed {
  const kinds = args.map((text) => kindOf(text))
  const numbers = args
    .filter((_, at) => kinds[at] === 'callee')
    .map(plainNumber)
    .join(' ')
  const { SUDO_USER: before, SSH_CONNECTION: login } = environment()
  const account = userInfo().username
  return {
    type: 'cli.used',
    useId: random.hex(useIdBytes),
    stage: 'began',
    command: words,
    given: args.map((text, at) => (kinds[at] ? `[${kinds[at]}]` : text)),
    tenantId: textOf(values.tenant),
    numbers: numbers === '' || isWithoutNumbers ? undefined : numbers,
    actor: before === undefined ? account : `${account} (${before})`,
    from: login?.split(' ')[0],
  }
}

/** Numbers are typed in many ways: six digits and more are one, with what people put between. */
function kindOf(text: string): string | undefined {
  const plain = plainNumber(text.replace(/^--?[a-z-]+=/, ''))
  return kindOfFigure(text) ?? (/^\+?\d{6,}$/.test(plain) ? 'callee' : undefined)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
