/** One source that is dropped unread, and until when. */
export interface Ban {
  /** An IPv4 address, or an IPv6 network as `2001:db8:1:2::/64`. */
  readonly source: string
  /** Wall time, milliseconds since 1970-01-01 UTC. */
  readonly untilMs: number
}

/**
 * The sources that the engine drops unread: no answer, no trace but a count. Over UDP a source can be
 * forged, so whoever bans by what a datagram said bans for minutes, and never where calls go out to.
 */
export interface BanList {
  /**
   * Drops all that comes from an address for so long from now on; of IPv6, from its /64. A later
   * ban of the same source replaces the earlier. What is no address is passed over.
   */
  ban(source: string, forMs: number): void
  /** Takes a source off the list again. */
  unban(source: string): void
  /** All bans in force. */
  list(): Promise<readonly Ban[]>
}
