import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readApiTls } from '../../config/api-settings.ts'
import { auditPaths } from '../../config/audit-paths.ts'
import type { SettingValues } from '../../config/settings.ts'
import { readTlsFiles } from '../../config/tls-files.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'

const dayMs = 86_400_000
const warningDays = 30
/** A file system may round what it notes. */
const aheadMaxMs = 5_000
const askTimeoutMs = 2_000

/** Whether the certificates of the settings can be read, fit their keys, and go on for a while. */
export function lookAtCertificates(values: SettingValues, nowMs: number): readonly Finding[] {
  const findings: Finding[] = []
  for (const read of [readTlsFiles, readApiTls]) {
    try {
      read(values)
    } catch (error) {
      const remedy = 'Put a certificate and its own key in the files that the setting names.'
      findings.push(ill('certificates', 'fault', { found: whyOf(error), remedy }))
    }
  }
  const named = (['engine.tls', 'api.tls', 'identity', 'identity.tls'] as const).flatMap((at) => {
    const file = values[`${at}.certificate`]
    return file === undefined ? [] : [{ setting: `${at}.certificate`, file }]
  })
  findings.push(...named.map(({ setting, file }) => lookAtEnd(setting, file, nowMs)))
  return findings.length > 0 ? findings : [good('certificates', 'the settings name none')]
}

function lookAtEnd(setting: string, file: string, nowMs: number): Finding {
  try {
    const { validToDate } = new X509Certificate(readFileSync(file))
    const daysLeft = Math.floor((validToDate.getTime() - nowMs) / dayMs)
    const until = `${setting} ends ${validToDate.toISOString().slice(0, 10)}`
    if (daysLeft >= warningDays) return good('certificates', until)
    const remedy = `Put the next one into ${file} and send SIGHUP.`
    return ill('certificates', daysLeft < 0 ? 'fault' : 'warning', { found: until, remedy })
  } catch (error) {
    const remedy = `Put a certificate in PEM into ${file}, or change ${setting}.`
    return ill('certificates', 'fault', { found: `${setting}: ${whyOf(error)}`, remedy })
  }
}

/** Whether the clock goes with the world's, as far as the machine can tell. */
export async function lookAtClock(values: SettingValues, nowMs: number): Promise<Finding> {
  const remedy =
    'Let chrony or systemd-timesyncd set the clock: limits, tokens and signatures go by it.'
  const newestMs = newestIn(auditPaths(values).dir)
  if (newestMs - nowMs > aheadMaxMs) {
    const behindS = Math.round((newestMs - nowMs) / 1000)
    const found = `the audit log was written ${behindS} s in the future: the clock was set back`
    return ill('clock', 'fault', { found, remedy })
  }
  const isSet = await isSynchronized()
  if (isSet) return good('clock', 'is synchronized over the network')
  const found =
    isSet === false
      ? 'is not synchronized over the network'
      : 'this machine cannot tell whether it is synchronized'
  return ill('clock', isSet === false ? 'warning' : 'unknown', { found, remedy })
}

function newestIn(dir: string): number {
  try {
    return readdirSync(dir).reduce((newest, name) => {
      return Math.max(newest, statSync(join(dir, name)).mtimeMs)
    }, 0)
  } catch {
    return 0
  }
}

/** Undefined where the machine has nobody who knows. */
async function isSynchronized(): Promise<boolean | undefined> {
  try {
    const args = ['show', '--property=NTPSynchronized', '--value']
    const asked = await promisify(execFile)('timedatectl', args, { timeout: askTimeoutMs })
    return asked.stdout.trim() === 'yes'
  } catch {
    return undefined
  }
}
