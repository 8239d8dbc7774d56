import type { SettingValues } from '../config/settings.ts'
import type { Engine } from '../engine/start.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'

/** How often the log tells what the engine has kept out, milliseconds. */
export const toldEveryMs = 60_000

/** What is told, where it has grown: each is a sign of a flood or of a limit that is too low. */
const told = [
  'banned',
  'flooded',
  'unpaid',
  'paced',
  'connectionsRefused',
  'handshakesFailed',
  'dropped',
] as const

/** How much each kind of source may send, as the settings want it. */
export function floodLimits(values: SettingValues) {
  const strangerPerS = values['engine.flood.strangerPerS']
  const strangersPerS = values['engine.flood.strangersPerS']
  const connectionsPerS = values['engine.flood.connectionsPerS']
  const streamPerS = values['engine.flood.streamPerS']
  return {
    strangerPerS,
    strangerBurst: 3 * strangerPerS,
    neighbourPerS: strangerPerS,
    neighbourBurst: 3 * strangerPerS,
    strangersPerS,
    strangersBurst: 2 * strangersPerS,
    connectionsPerS,
    connectionsBurst: 10 * connectionsPerS,
    streamPerS,
    streamBurst: 2 * streamPerS,
  }
}

interface Around {
  readonly clock: Clock
  readonly logger: Logger
  readonly stack: AsyncDisposableStack
}

/** Says in the log, once a minute and only where there is something, what the engine has kept out. */
export function tellOfFloods(
  { clock, logger, stack }: Around,
  engine: Pick<Engine, 'stats'>,
): void {
  const before = new Map<string, number>()
  const tell = async () => {
    const stats = await engine.stats()
    if (!stats) return
    const grown = told.map((name) => [name, stats[name] - (before.get(name) ?? 0)] as const)
    for (const name of told) before.set(name, stats[name])
    const figures = Object.fromEntries(grown.filter(([, more]) => more > 0))
    if (Object.keys(figures).length > 0) logger.warn(figures, 'the engine has turned messages away')
  }
  const telling = clock.every(toldEveryMs, () => void tell())
  stack.defer(() => telling.cancel())
}
