import { readFile } from 'node:fs/promises'
import { type VerifyReport, verifyLog } from '../../audit/verify.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable, type Terminal } from '../command.ts'
import { defaultDir, dirOption } from './options.ts'

const options = {
  ...dirOption,
  since: { type: 'string' },
  key: { type: 'string' },
} as const

/** `tollgate audit verify`: 0 when the log is whole, 1 when it is not, 3 when there is none. */
export const auditVerify: Command = {
  usage: `audit verify [--dir ${defaultDir}] [--key <verifier key>] [--since <checkpoint file>]`,
  help: 'Check every entry of the audit log against its tree, and the tree against its signed checkpoint.',
  async run(args, terminal) {
    const wanted = { options, count: 0, otherwise: 'no argument belongs here' } as const
    const { dir, since, key } = readArguments(args, wanted).values
    const report = await verifyLog(dir, {
      key,
      since: since === undefined ? undefined : await readFile(since),
      onProgress: progressOn(terminal),
    })
    terminal.progress?.('')
    if (report.fault) {
      terminal.out(printable(`DAMAGED ${dir}: ${report.fault.message}`))
      terminal.out(`  reason ${report.fault.reason}`)
      return exitCodes.no
    }
    tell(report, dir, terminal)
    if (key === undefined) {
      terminal.err('The key was taken from the log itself: give --key with one you got elsewhere.')
    }
    return exitCodes.ok
  },
}

/** A bar of 30 characters, drawn anew when it has grown. */
function progressOn({ progress }: Terminal) {
  if (!progress) return undefined
  let drawn = -1
  return (entries: number, size: number) => {
    const percent = Math.floor((100 * entries) / size)
    if (percent === drawn) return
    drawn = percent
    const done = Math.floor((30 * entries) / size)
    progress(`[${'#'.repeat(done)}${' '.repeat(30 - done)}] ${entries} of ${size} entries`)
  }
}

function tell(report: VerifyReport, dir: string, { out, err }: Terminal): void {
  const { entries, from, checkpoint, key, uncovered, unfinishedBytes, isBlocked, strays } = report
  const which = from > 0 ? `entries ${from} to ${entries}` : `${entries} entries`
  out(`OK ${dir}: ${which}`)
  out(`  origin ${checkpoint?.origin}`)
  out(`  root   ${checkpoint?.root.toString('base64')}`)
  out(`  key    ${key?.text}`)
  if (uncovered > 0) err(`No checkpoint covers the last ${uncovered} entries yet.`)
  if (unfinishedBytes > 0) {
    err(`${unfinishedBytes} bytes of an entry that was never acknowledged follow.`)
  }
  if (isBlocked) err('What follows is no entry: no gate goes on with this log (docs/audit.md).')
  if (strays.count === 0) return
  const more = strays.count > strays.names.length ? ', ...' : ''
  err(printable(`No part of the log (${strays.count}): ${strays.names.join(', ')}${more}`))
}
