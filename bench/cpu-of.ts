/** What is run and how often, for a figure of CPU time. */
export interface Measured {
  readonly rounds: number
  /** Runs of one round. */
  readonly perRound: number
  readonly run: (at: number) => unknown
}

/** The CPU time that one run takes, microseconds: the median of the rounds. */
export function cpuUsOf({ rounds, perRound, run }: Measured): number {
  const each: number[] = []
  for (let at = 0; at < perRound; at++) run(at)
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    for (let at = 0; at < perRound; at++) run(at)
    const { user, system } = process.cpuUsage(before)
    each.push((user + system) / perRound)
  }
  return median(each)
}

/** The same for something that is run as often as it takes to measure it. */
export function cpuUsOfEach(rounds: number, run: () => unknown): number {
  let perRound = 1
  for (let spentMs = 0; spentMs < roundMs; perRound *= 2) {
    const before = performance.now()
    for (let at = 0; at < perRound; at++) run()
    spentMs = performance.now() - before
  }
  return cpuUsOf({ rounds, perRound, run })
}

/** A round lasts about as long, milliseconds. */
const roundMs = 100

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}

/** How often something that takes so many microseconds is done in a second. */
export function perSecond(us: number): number {
  return Math.round(1_000_000 / us)
}
