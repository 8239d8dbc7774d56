import type { TakeResult } from '../store/port.ts'

/** Gives back what was taken too late: the call was refused meanwhile, and nobody holds it. */
export function giveBack(result: TakeResult | undefined): void {
  if (!result?.taken) return
  // What cannot be given back expires by itself.
  Promise.resolve(result.leases[Symbol.asyncDispose]()).catch(() => undefined)
}
