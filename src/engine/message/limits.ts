/** The largest message we take or make, bytes: what fits a UDP datagram's length field (18.1.1). */
export const messageBytesMax = 65_535

/** The largest start line and header section together, bytes: leaves half a datagram for bodies. */
export const headBytesMax = 32_768

/** The longest header value after unfolding, characters: a PASSporT with a long x5u has about 1,500. */
export const lineCharsMax = 8_192

/** The most header fields in a message: a real INVITE over ten hops carries about 60. */
export const headersMax = 256

/** The most Via entries: RFC 3261 8.1.1.6 lets a request travel 70 hops. */
export const viasMax = 70

/** The most parameters on one URI or header value. */
export const paramsMax = 64
