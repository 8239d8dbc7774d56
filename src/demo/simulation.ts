import { listeningAt } from '../config/listening.ts'
import type { Carrier, Gateway } from '../domain/carrier.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { type ArrivedCall, type Behaviour, SimulatedCarrier } from './carrier.ts'

export interface SimulationOptions {
  readonly clock: Clock
  readonly random: Random
  readonly carriers: readonly Carrier[]
  /** Whose PBXs are simulated as well. */
  readonly trunks: readonly Trunk[]
  /** Listens where the system likes instead of on the ports that the carriers have. */
  readonly anyPort: boolean
  readonly answerAfterMs: number
  readonly hangUpAfterMs: number
}

/** A call as it reached a gateway. */
export interface Arrival extends ArrivedCall {
  readonly gatewayId: string
}

/** What config/demo.yaml says of the numbers: the last two digits tell what becomes of a call. */
const failsAtFirst = '71'
const failsEverywhere = '81'
const ringsForEver = '91'

interface Stacked {
  readonly stack: AsyncDisposableStack
}

/** Simulated ends at every gateway of a carrier and every target of a trunk. */
export class Simulation implements AsyncDisposable {
  readonly #gateways: ReadonlyMap<string, SimulatedCarrier>
  readonly #stack: AsyncDisposableStack
  /** The carriers and trunks with the ports they really listen on. */
  readonly carriers: readonly Carrier[]
  readonly trunks: readonly Trunk[]

  private constructor(
    opened: ReadonlyMap<string, SimulatedCarrier>,
    { stack, carriers, trunks }: Pick<SimulationOptions, 'carriers' | 'trunks'> & Stacked,
  ) {
    this.#gateways = opened
    this.#stack = stack
    const real = (gateways: readonly Gateway[]) =>
      gateways.map((gateway) => ({
        ...gateway,
        port: opened.get(gateway.id)?.port ?? gateway.port,
      }))
    this.carriers = carriers.map((one) => ({ ...one, gateways: real(one.gateways) }))
    this.trunks = trunks.map((one) => ({ ...one, targets: real(one.targets) }))
  }

  /** Opens one simulated gateway after the other; rejects when a port is taken. */
  static async open(options: SimulationOptions): Promise<Simulation> {
    await using stack = new AsyncDisposableStack()
    const gateways = new Map<string, SimulatedCarrier>()
    const { carriers, trunks } = options
    const places = [
      ...carriers.flatMap((carrier) => carrier.gateways),
      ...trunks.flatMap((trunk) => trunk.targets),
    ]
    for (const { id, port } of places) {
      const place = { where: `127.0.0.1:${port}`, setting: `the port of gateway ${id}` }
      const gateway = {
        ...options,
        port: options.anyPort ? 0 : port,
        behaviour: behaviourOf(gateways.size === 0),
      }
      const opened = await listeningAt(place, () => SimulatedCarrier.open(gateway))
      gateways.set(id, stack.use(opened))
    }
    return new Simulation(gateways, { stack: stack.move(), carriers, trunks })
  }

  /** Hands over the calls that reached any gateway since the last time it was asked. */
  takeArrivals(): readonly Arrival[] {
    return [...this.#gateways].flatMap(([gatewayId, gateway]) =>
      gateway.takeArrived().map((call) => ({ ...call, gatewayId })),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

function behaviourOf(first: boolean): Behaviour {
  return {
    fails: (number) => number.endsWith(failsEverywhere) || (first && number.endsWith(failsAtFirst)),
    rings: (number) => number.endsWith(ringsForEver),
  }
}
