import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** One metric: what it counts, and by what. */
export interface MetricRow {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram, seconds. */
  readonly bucketsS?: readonly number[]
}

type Rows = Readonly<Record<string, MetricRow>>
type Named<Table extends Rows, Kind extends MetricRow['kind']> = string &
  { [Name in keyof Table]: Table[Name]['kind'] extends Kind ? Name : never }[keyof Table]
type LabelsOf<Row extends MetricRow> = { readonly [Label in Row['labels'][number]]: string }

/** Metrics of one table, in the text format of Prometheus; each in a registry of its own. */
export class Meters<Table extends Rows> {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #readers: (() => void | Promise<void>)[] = []

  /** `everywhere`: labels that every series has. */
  constructor(table: Table, everywhere: Readonly<Record<string, string>>) {
    this.#registry.setDefaultLabels(everywhere)
    for (const [name, { kind, help, labels, bucketsS = [] }] of Object.entries(table)) {
      const about = { name, help, labelNames: [...labels], registers: [this.#registry] }
      if (kind === 'counter') this.#counters.set(name, new Counter(about))
      else if (kind === 'gauge') this.#gauges.set(name, new Gauge(about))
      else this.#histograms.set(name, new Histogram({ ...about, buckets: [...bucketsS] }))
    }
  }

  /** One more, or `by` more. */
  count<Name extends Named<Table, 'counter'>>(name: Name, labels: LabelsOf<Table[Name]>, by = 1) {
    this.#counters.get(name)?.inc(labels, by)
  }

  /** What somebody else has counted so far. */
  total<Name extends Named<Table, 'counter'>>(
    name: Name,
    labels: LabelsOf<Table[Name]>,
    total: number,
  ): void {
    const counter = this.#counters.get(name)
    counter?.remove(labels)
    counter?.inc(labels, total)
  }

  set<Name extends Named<Table, 'gauge'>>(
    name: Name,
    labels: LabelsOf<Table[Name]>,
    value: number,
  ) {
    this.#gauges.get(name)?.set(labels, value)
  }

  /** How long it took. */
  observe<Name extends Named<Table, 'histogram'>>(
    name: Name,
    labels: LabelsOf<Table[Name]>,
    tookMs: number,
  ): void {
    this.#histograms.get(name)?.observe(labels, tookMs / 1000)
  }

  /** Sets gauges each time somebody reads; what it can't tell now is left out. */
  onRead(read: () => void | Promise<void>): void {
    this.#readers.push(read)
  }

  /** Everything as it is now. */
  async text(): Promise<string> {
    for (const gauge of this.#gauges.values()) gauge.reset()
    await Promise.allSettled(this.#readers.map(async (read) => await read()))
    return await this.#registry.metrics()
  }
}

/** The media type of what `Meters.text` gives. */
export const metricsMediaType = Registry.PROMETHEUS_CONTENT_TYPE

/** How often the event loop is looked at, milliseconds. */
const lagPeriodMs = 100

/** How late the event loop has been since it was last asked, seconds, by the share of looks. */
export interface LoopLag extends Disposable {
  take(): Readonly<Record<'0.5' | '0.99' | '1', number>>
}

/** Watches the event loop of this thread until it is disposed of. */
export function watchLoopLag(): LoopLag {
  const histogram = monitorEventLoopDelay({ resolution: lagPeriodMs })
  histogram.enable()
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - lagPeriodMs / 1000)
  return {
    take: () => {
      const lag = {
        '0.5': late(histogram.percentile(50)),
        '0.99': late(histogram.percentile(99)),
        '1': late(histogram.max),
      }
      histogram.reset()
      return lag
    },
    [Symbol.dispose]: () => void histogram.disable(),
  }
}
