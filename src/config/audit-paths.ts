import type { SettingValues } from './settings.ts'

/** Where everything lies that belongs to the audit log. */
export interface AuditPaths {
  readonly dir: string
  readonly keysPath: string
  readonly indexPath: string
  readonly cliDir: string
}

/** As the settings say, or beside the directory of the log: never in it, for it may be published. */
export function auditPaths(
  values: Pick<SettingValues, 'audit.dir' | 'audit.keysPath' | 'audit.indexPath' | 'audit.cliDir'>,
): AuditPaths {
  const dir = values['audit.dir']
  const beside = dir.replace(/\/+$/, '')
  return {
    dir,
    keysPath: values['audit.keysPath'] ?? `${beside}-keys.sqlite`,
    indexPath: values['audit.indexPath'] ?? `${beside}-index.sqlite`,
    cliDir: values['audit.cliDir'] ?? `${beside}-cli`,
  }
}
