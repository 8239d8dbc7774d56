import type { VerifierKey } from '../../audit/note/key.ts'
import { type VerifyReport, verifyLog } from '../../audit/verify.ts'
import { command, exitCodes, printable, type Terminal } from '../command.ts'
import { optional } from '../line/options.ts'
import { Progress } from '../line/progress.ts'
import { show } from '../line/show.ts'
import { file } from '../line/values.ts'
import { checkpointGiven, logKey } from './believed.ts'
import { archiveOptions, logOf } from './options.ts'

/** `tollgate audit verify`: 0 when the log is whole, 1 when it is not, 3 when there is none. */
export const auditVerify = command({
  options: {
    key: optional(logKey, 'The key that the log is known by.'),
    since: optional(
      file,
      'A file with a checkpoint that was kept: what came before it is not read again.',
    ),
    ...archiveOptions,
  },
  no: 'the log is damaged',
  async run({ values }, terminal) {
    const { since, key, json } = values
    const dir = await logOf(values)
    const report = await verified(dir, { key, since }, terminal)
    show(terminal, { json, value: reported(dir, report), lines: linesOf(dir, report) })
    if (report.fault) return exitCodes.no
    if (!json) warn(report, terminal)
    if (key === undefined) {
      terminal.err('The key was taken from the log itself: give --key with one you got elsewhere.')
    }
    return exitCodes.ok
  },
})

interface Believed {
  readonly key: VerifierKey | undefined
  readonly since: string | undefined
}

async function verified(
  dir: string,
  { key, since }: Believed,
  terminal: Terminal,
): Promise<VerifyReport> {
  using progress = new Progress(terminal, 'entries')
  return await verifyLog(dir, {
    key,
    since: since === undefined ? undefined : await checkpointGiven(since, key),
    onProgress: (entries, size) => progress.show(entries, size),
  })
}

function reported(dir: string, { fault, checkpoint, key, strays, ...rest }: VerifyReport) {
  const { from, entries, uncovered, unfinishedBytes, isBlocked } = rest
  return {
    dir,
    whole: fault === undefined,
    from,
    entries,
    uncovered,
    unfinishedBytes,
    isBlocked,
    fault: fault ? { reason: fault.reason, message: fault.message } : null,
    origin: checkpoint?.origin ?? null,
    root: checkpoint?.root.toString('base64') ?? null,
    key: key?.text ?? null,
    strays: strays.names,
    strayCount: strays.count,
  }
}

function linesOf(dir: string, { fault, entries, from, checkpoint, key }: VerifyReport) {
  if (fault) {
    const text = `DAMAGED ${dir}: ${fault.message}`
    return [{ text, color: 'red' } as const, `  reason ${fault.reason}`]
  }
  return [
    `OK ${dir}: ${from > 0 ? `entries ${from} to ${entries}` : `${entries} entries`}`,
    `  origin ${checkpoint?.origin}`,
    `  root   ${checkpoint?.root.toString('base64')}`,
    `  key    ${key?.text}`,
  ]
}

function warn(report: VerifyReport, { err }: Terminal): void {
  const { uncovered, unfinishedBytes, isBlocked, strays } = report
  if (uncovered > 0) err(`No checkpoint covers the last ${uncovered} entries yet.`)
  if (unfinishedBytes > 0) {
    err(`${unfinishedBytes} bytes of an entry that was never acknowledged follow.`)
  }
  if (isBlocked) err('What follows is not an entry: no gate goes on with this log (docs/audit.md).')
  if (strays.count === 0) return
  const more = strays.count > strays.names.length ? ', ...' : ''
  err(printable(`Not part of the log (${strays.count}): ${strays.names.join(', ')}${more}`))
}
