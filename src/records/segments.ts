/**
 * A segment is so many entries of the log in a row, in bits of their number: some 13,000 calls. What a call is
 * found by is spread over all of an index, so that each call would have a page of its own written anew. In
 * the one segment where calls are added there are few pages, and many calls share each; what is
 * looked for is looked for in every segment.
 */
export const segmentBits = 16

/** The segment of an entry. */
export function segmentOf(index: number): number {
  // A shift would take 32 bits of it.
  return Math.floor(index / 2 ** segmentBits)
}

/**
 * SQL for calls of a row of `segment` as the indexes have them; in other words these would not be used. The plus
 * takes from the number that it is of a column, which has SQLite convert what the index has as it is.
 */
export const callInSegment = `call ON call.id >> ${segmentBits} = +segment.number`

/** SQL for the ids of the calls that meet a condition, which an index of segments is over. */
export function idsInSegments(condition: string): string {
  return `SELECT call.id FROM segment CROSS JOIN ${callInSegment} AND ${condition}`
}
