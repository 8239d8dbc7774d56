import { auditPaths } from '../../config/audit-paths.ts'
import type { Settings } from '../../config/load.ts'
import { systemClock } from '../../kernel/clock.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable, UsageError } from '../command.ts'
import { officeOptions, officeUsage, settingsIn } from '../keys/office.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'
import { lookAtCertificates, lookAtClock } from './moments.ts'
import { lookAtEngine, lookAtPorts } from './network.ts'
import { isBeingWritten, lookAtAudit, lookAtKeyFile, lookAtStore } from './storage.ts'

/** `tollgate doctor`: 0 where nothing stands in the way of calls, 1 where something does. */
export const doctor: Command = {
  usage: `doctor ${officeUsage}`,
  help: 'Look at settings, store, engine, ports, certificates, clock, audit log and key file, and say what to do; beside a running gate or without.',
  async run(args, terminal) {
    const wanted = {
      options: officeOptions,
      count: 0,
      otherwise: 'no argument belongs here',
    } as const
    const { config, json } = readArguments(args, wanted).values
    const findings = await lookAround(config)
    if (json) terminal.out(JSON.stringify(findings))
    else for (const finding of findings) for (const line of linesOf(finding)) terminal.out(line)
    return findings.some(({ state }) => state === 'fault') ? exitCodes.no : exitCodes.ok
  },
}

/** Without settings nothing else can be looked at. */
async function lookAround(config: string | undefined): Promise<readonly Finding[]> {
  let settings: Settings
  try {
    settings = settingsIn(config)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const remedy = 'Mend each line above; docs/configuration.md has every setting.'
    return [ill('config', 'fault', { found: whyOf(error), remedy })]
  }
  const { values } = settings
  const nowMs = systemClock().now()
  const isGateRunning = isBeingWritten(auditPaths(values).dir) ?? false
  return [
    good('config', 'every setting can be used'),
    await lookAtStore(settings),
    await lookAtEngine(values),
    ...(await lookAtPorts(values, isGateRunning)),
    ...lookAtCertificates(values, nowMs),
    lookAtClock(values, nowMs),
    ...lookAtAudit(settings),
    lookAtKeyFile(settings),
  ]
}

function linesOf({ part, state, found, remedy }: Finding): readonly string[] {
  const lines = found.split('\n').map(printable)
  const [first = '', ...more] = lines
  return [
    `${state.padEnd(8)} ${part.padEnd(13)} ${first}`,
    ...more.map((line) => `${' '.repeat(23)}${line}`),
    ...(remedy === undefined ? [] : [`${' '.repeat(23)}-> ${printable(remedy)}`]),
  ]
}
