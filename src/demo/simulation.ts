import { listeningAt } from '../config/listening.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { type ArrivedCall, type Behaviour, SimulatedCarrier } from './carrier.ts'

export interface SimulationOptions {
  readonly clock: Clock
  readonly random: Random
  readonly carriers: readonly Carrier[]
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

/** Simulated carriers at every gateway of some settings. */
export class Simulation implements AsyncDisposable {
  readonly #gateways: ReadonlyMap<string, SimulatedCarrier>
  readonly #stack: AsyncDisposableStack
  /** The carriers with the ports they really listen on. */
  readonly carriers: readonly Carrier[]

  private constructor(
    gateways: ReadonlyMap<string, SimulatedCarrier>,
    { stack, carriers }: { stack: AsyncDisposableStack; carriers: readonly Carrier[] },
  ) {
    this.#gateways = gateways
    this.#stack = stack
    this.carriers = carriers.map((carrier) => ({
      ...carrier,
      gateways: carrier.gateways.map((gateway) => ({
        ...gateway,
        port: gateways.get(gateway.id)?.port ?? gateway.port,
      })),
    }))
  }

  /** Opens one simulated gateway after the other; rejects when a port is taken. */
  static async open(options: SimulationOptions): Promise<Simulation> {
    await using stack = new AsyncDisposableStack()
    const gateways = new Map<string, SimulatedCarrier>()
    for (const { id, port } of options.carriers.flatMap((carrier) => carrier.gateways)) {
      const place = { where: `127.0.0.1:${port}`, setting: `the port of gateway ${id}` }
      const gateway = {
        ...options,
        port: options.anyPort ? 0 : port,
        behaviour: behaviourOf(gateways.size === 0),
      }
      const opened = await listeningAt(place, () => SimulatedCarrier.open(gateway))
      gateways.set(id, stack.use(opened))
    }
    return new Simulation(gateways, { stack: stack.move(), carriers: options.carriers })
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
