import { SourceGuard, sourceOf } from '../admission/source-guard.ts'
import { isInRanges } from '../admission/source-ranges.ts'
import type { SettingValues } from '../config/settings.ts'
import type { Alerts } from '../domain/alert.ts'
import type { BanList } from '../domain/ban-list.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Clock } from '../kernel/clock.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly alerts: Alerts
  readonly bans: BanList | undefined
  readonly carriers: readonly Carrier[]
  readonly trunks: readonly Trunk[]
}

/** The guard at the gate's door, as the settings want it. */
export function openGuard({ values, clock, alerts, bans, carriers, trunks }: Around): SourceGuard {
  const gateways = [
    ...carriers.flatMap((one) => one.gateways),
    ...trunks.flatMap((one) => one.targets),
  ]
  const outgoing = new Set(gateways.map(({ host }) => sourceOf(host)))
  const incoming = carriers.flatMap(({ inbound }) => inbound?.sources ?? [])
  return new SourceGuard({
    clock,
    alerts,
    bans,
    silent: values['engine.kind'] === 'embedded',
    settings: {
      failuresMax: values['guard.failuresMax'],
      windowMs: values['guard.windowS'] * 1000,
      banMs: values['guard.banS'] * 1000,
      provenMs: values['guard.provenS'] * 1000,
      delayMaxMs: values['guard.delayMaxMs'],
      scanners: values['guard.scanners'].map((name) => name.toLowerCase()),
    },
    neverBanned: (address) => outgoing.has(sourceOf(address)) || isInRanges(address, incoming),
  })
}
