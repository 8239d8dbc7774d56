import { type Check, found, pass, stop } from '../check.ts'
import { isInRanges } from '../source-ranges.ts'

/** The call comes from an address that the key works from. On the wire this is a wrong key. */
export function sourceAddress(): Check {
  return {
    name: 'source_address',
    run: ({ attempt, key }) => {
      const { allowedSources } = found(key, 'the key')
      const { address } = attempt.source
      const figures = { address, ranges: allowedSources.length }
      if (isInRanges(address, allowedSources)) return pass(figures)
      return stop('credentials_invalid', figures, { detail: 'source_not_allowed' })
    },
  }
}
