import type { Claim } from '../port.ts'

/** The claim against one gate's part of its limit, where `gates` share it; what is left over is lost. */
export function shareOf(claim: Claim, gates: number): Claim {
  const part = (limit: number) => Math.floor(limit / gates)
  switch (claim.kind) {
    case 'rate':
      return { ...claim, perSecondMax: part(claim.perSecondMax), burst: part(claim.burst) }
    case 'window':
    case 'period':
      return { ...claim, callsMax: part(claim.callsMax) }
    case 'concurrency':
      return { ...claim, slotsMax: part(claim.slotsMax) }
    case 'callee':
      return { ...claim, attemptsMax: part(claim.attemptsMax) }
    case 'budget':
      return { ...claim, capMicros: part(claim.capMicros) }
    case 'use':
      // A part of one would be none, and no phone could answer a challenge.
      return claim.what === 'nonce' ? claim : { ...claim, usesMax: part(claim.usesMax) }
  }
}
