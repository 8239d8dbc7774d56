import { auditPaths } from '../../config/audit-paths.ts'
import type { Settings } from '../../config/load.ts'
import { systemClock } from '../../kernel/clock.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { type Line, show } from '../line/show.ts'
import { settingsIn } from '../settings-in.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'
import { lookAtCertificates, lookAtClock } from './moments.ts'
import { lookAtEngine, lookAtPorts } from './network.ts'
import { lookAtPrices } from './prices.ts'
import { lookAtPrivateFiles } from './private-files.ts'
import { isBeingWritten, lookAtAudit, lookAtKeyFile, lookAtStore } from './storage.ts'
import { lookAtTables } from './tables.ts'

/** `tollgate doctor`: 0 where nothing stands in the way of calls, 1 where something does. */
export const doctor = command({
  options: officeOptions,
  no: 'something stands in the way of calls',
  async run({ values: { config, json } }, terminal) {
    const findings = await lookAround(config)
    show(terminal, { json, value: findings, lines: findings.flatMap(linesOf) })
    return findings.some(({ state }) => state === 'fault') ? exitCodes.no : exitCodes.ok
  },
})

/** Without settings nothing else can be looked at. */
async function lookAround(config: string | undefined): Promise<readonly Finding[]> {
  let settings: Settings
  try {
    settings = settingsIn(config)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const remedy = 'Fix each line above; docs/configuration.md has every setting.'
    return [ill('config', 'fault', { found: whyOf(error), remedy })]
  }
  const { values } = settings
  const nowMs = systemClock().now()
  const isGateRunning = isBeingWritten(auditPaths(values).dir) ?? false
  // All that others answer is waited for at once, and before what keeps this thread busy.
  const [store, engine, ports, clock] = await Promise.all([
    lookAtStore(settings),
    lookAtEngine(values),
    lookAtPorts(values, isGateRunning),
    lookAtClock(values, nowMs),
  ])
  return [
    good('config', 'every setting can be used'),
    await lookAtTables(settings),
    ...lookAtPrices(settings),
    ...store,
    engine,
    ...ports,
    ...lookAtCertificates(values, nowMs),
    clock,
    ...lookAtAudit(settings),
    lookAtKeyFile(settings),
    lookAtPrivateFiles(settings),
  ]
}

function linesOf({ part, state, found, remedy }: Finding): readonly Line[] {
  const [first = '', ...more] = found.split('\n')
  const lines = [
    `${state.padEnd(8)} ${part.padEnd(13)} ${first}`,
    ...more.map((line) => `${' '.repeat(23)}${line}`),
    ...(remedy === undefined ? [] : [`${' '.repeat(23)}-> ${remedy}`]),
  ]
  if (state === 'ok' || state === 'unknown') return lines
  const color = state === 'fault' ? 'red' : 'yellow'
  return lines.map((text) => ({ text, color }))
}
