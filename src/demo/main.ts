import { isDeepStrictEqual } from 'node:util'
import { verifyLog } from '../audit/verify.ts'
import { loadSettings } from '../config/load.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { type KeyChoice, type Line, type Outcome, ordinary } from './lines.ts'
import { type Played, playDemo } from './run.ts'
import { tableText } from './table.ts'

// Entry of `npm run demo`: places real SIP calls through a real gate, one for each thing that can come of
// them, and ends with 0 only if each came out as it should.

const clock = systemClock()
const settings = loadSettings('config/demo.yaml', {})
const folder = `data/demo-runs/${clock.now()}`
const started = clock.monotonic()

const { played, auditDirs } = await playDemo({
  clock,
  random: systemRandom(),
  settings,
  folder,
})
process.stdout.write(`${tableText([heading(), ...played.map(row)])}\n\n`)

const wrong = played.filter((one) => !asExpected(one))
for (const one of wrong) process.stdout.write(`${complaint(one)}\n`)
const faults = await brokenLogs()
for (const fault of faults) process.stdout.write(`The audit log is not whole: ${fault}\n`)

const good = wrong.length === 0 && faults.length === 0
const seconds = ((clock.monotonic() - started) / 1000).toFixed(1)
process.stdout.write(
  `${played.length - wrong.length} of ${played.length} calls came out as expected, in ${seconds} s.\n`,
)
process.exitCode = good ? 0 : 1

function heading(): string[] {
  return ['key', 'from', 'to', 'decision', 'reason', 'SIP', 'attest', 'carriers', 'ms']
}

function row({ line, got, elapsedMs }: Played): string[] {
  const { from = ordinary.from, to = ordinary.to, cancelWhenRinging } = line
  const status = `${got.status}${cancelWhenRinging ? ' cancelled' : ''}`
  return [
    whose(line),
    from,
    to,
    got.decision || '-',
    got.reason || '-',
    status,
    got.attestation || '-',
    got.gateways || '-',
    elapsedMs.toFixed(1),
  ]
}

function whose({ key, inbound }: Line): string {
  return inbound ? `(carrier, ${inbound})` : keyName(key)
}

function keyName(key: KeyChoice): string {
  return typeof key === 'object' ? key.declared : `(${key})`
}

function asExpected({ line, got, leaked }: Played): boolean {
  return leaked === '' && isDeepStrictEqual(got, line.expected)
}

function complaint({ line, got, leaked }: Played): string {
  const fields = (Object.keys(line.expected) as (keyof Outcome)[])
    .filter((field) => got[field] !== line.expected[field])
    .map((field) => `${field}: expected "${line.expected[field]}", got "${got[field]}"`)
  const said = leaked === '' ? fields : [...fields, leaked]
  return `Not as expected: ${whose(line)} to ${line.to ?? ordinary.to}: ${said.join('; ')}`
}

/** Verifies both audit logs and says where they are. */
async function brokenLogs(): Promise<string[]> {
  const broken: string[] = []
  for (const dir of auditDirs) {
    const { entries, fault } = await verifyLog(dir)
    process.stdout.write(`Audit log: ${dir} (${entries} events${fault ? '' : ', verified'})\n`)
    if (fault) broken.push(`${dir}: ${fault.message}`)
  }
  return broken
}
