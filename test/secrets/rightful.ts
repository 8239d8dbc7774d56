// Where a secret of a test run stands because it belongs there; it belongs nowhere else.

/** Private keys and settings, as they are given to a gate and its neighbours, and the file of keys itself. */
export const rightfulFiles =
  /\.(?:pem|key|ya?ml)$|(?:^|\/)kamailio\.cfg$|(?:^|[/-])keys\.sqlite(?:-wal)?$/

interface Place {
  readonly file: RegExp
  /** The end of what stands before the secret. */
  readonly before: RegExp
  readonly why: string
}

/** What a caller shows who says who it is, up to the secret in it. */
const presented =
  /\b(?:X-API-Key: *|Authorization: *Bearer +)(?:tg_(?:live|test)_\w{16}_|eyJ[\w.-]+\.)$/i

const places: readonly Place[] = [
  {
    file: /\.pcapng$/,
    before: presented,
    why: 'the network between a caller and the gate, who are in the clear on UDP',
  },
  {
    file: /\.pcapng$/,
    before: /\$\d+\r\n$/,
    why: 'what gates share in Redis, on the wire to Redis',
  },
  {
    file: /^(?:store\.sqlite|appendonly\.aof)/,
    before: /key:$|callee-key\r\n\$64\r\n$/,
    why: 'the key that numbers called are hashed with, which stands in the store',
  },
  {
    file: /^messages\.log$/,
    before: new RegExp(`message sent(?:(?!message received)[^])*${presented.source}`, 'i'),
    why: 'what a caller itself has sent',
  },
  {
    file: /./,
    before: /^tg_(?:live|test)_\w{16}_$/,
    why: 'a file that has a key alone, for `--key-file`',
  },
  {
    file: /./,
    before: /"as":"\w+","key":"$/,
    why: 'evidence opens each value that it shows by a key of that value alone',
  },
]

/** Whether a secret belongs where it was found. */
export function isRightful(file: string, before: string): boolean {
  return places.some((place) => place.file.test(file) && place.before.test(before))
}
