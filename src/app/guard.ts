import { SourceGuard, sourceOf } from '../admission/source-guard.ts'
import { isInRanges } from '../admission/source-ranges.ts'
import type { SettingValues } from '../config/settings.ts'
import type { Alerts } from '../domain/alert.ts'
import type { BanList } from '../domain/ban-list.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Clock } from '../kernel/clock.ts'

/** Whom calls go out to, and who brings some. */
interface Peers {
  readonly carriers: readonly Carrier[]
  readonly trunks: readonly Trunk[]
}

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly alerts: Alerts
  readonly bans: BanList | undefined
  /** Those of now. */
  readonly declared: () => Peers
}

/** The guard at the gate's door, as the settings want it. */
export function openGuard({ values, clock, alerts, bans, declared }: Around): SourceGuard {
  let peers = declared()
  let known = knownAmong(peers)
  const isKnown = (address: string) => {
    const now = declared()
    if (now !== peers) [peers, known] = [now, knownAmong(now)]
    return known.outgoing.has(sourceOf(address)) || isInRanges(address, known.incoming)
  }
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
    neverBanned: isKnown,
  })
}

function knownAmong({ carriers, trunks }: Peers) {
  const gateways = [
    ...carriers.flatMap((one) => one.gateways),
    ...trunks.flatMap((one) => one.targets),
  ]
  return {
    outgoing: new Set(gateways.map(({ host }) => sourceOf(host))),
    incoming: carriers.flatMap(({ inbound }) => inbound?.sources ?? []),
  }
}
