import type { DigestAlgorithm } from '../domain/credentials.ts'
import type { Key } from '../domain/key.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { type DigestCredentials, digestChallenge } from './digest-credentials.ts'
import { answersDigest, type Ha1s, ha1sOf } from './digest-response.ts'
import { createSealer, type MasterKey } from './master-key.ts'
import { Nonces, type NonceUse, type Staleness } from './nonces.ts'
import { overlappingSecret } from './rotate.ts'

const sha256Bytes = 32
const md5Bytes = 16
const nonceKeyBytes = 32

/** Stands in where a key has no password, so that the time is the same; it proves nothing. */
const nobodys: Ha1s = {
  'SHA-256': Buffer.alloc(sha256Bytes, 0xa5),
  MD5: Buffer.alloc(md5Bytes, 0xa5),
}

/** Digest access authentication as this gate offers it. RFC 8760, RFC 7616. */
export interface DigestAuth {
  readonly realm: string
  /** The values of the WWW-Authenticate fields of one 401; `stale` where the answer was right, and late. */
  challenges(stale: boolean): readonly string[]
  /** Whether the password of the key made the answer; unknown and wrong take the same time. */
  proves(
    credentials: DigestCredentials,
    method: string,
    key: Key | undefined,
    nowMs: number,
  ): boolean
  /** Uses up the count that the answer was made with; only for an answer that was right. */
  use(credentials: DigestCredentials): Staleness | undefined
  /** The same, as what all gates together take but once; undefined where no other takes our nonces. */
  sharedUse(credentials: DigestCredentials): NonceUse | undefined
  /** What is kept of a key's text, for `Key.digest`; the text is the password, the id the user. */
  seal(id: string, keyText: string): Buffer
}

export interface DigestOptions {
  readonly masterKey: MasterKey
  readonly realm: string
  /** What to challenge with, in this order; no other answer is taken. */
  readonly algorithms: readonly DigestAlgorithm[]
  /** Whether other gates take this one's nonces: their uses are counted where all of them look. */
  readonly isShared?: boolean
  readonly clock: Clock
  readonly random: Random
}

/** Digest with what is kept under the master key, over nonces of this gate, or of all that share them. */
export function createDigestAuth(options: DigestOptions): DigestAuth {
  const { masterKey, realm, algorithms, isShared = false, clock, random } = options
  const sealer = createSealer(masterKey.derive('digest-at-rest'), random)
  const nothingSealed = sealer.seal(Buffer.alloc(sha256Bytes + md5Bytes), '')
  // A key of this start alone: what was answered before it, or to another gate, is stale here.
  const key = isShared ? masterKey.derive('nonce') : random.bytes(nonceKeyBytes)
  const nonces = new Nonces({ key, clock, random })
  const contextOf = (id: string) => `${id}@${realm}`

  function ha1sIn(sealed: Buffer | undefined, id: string): Ha1s {
    const plain = sealer.open(sealed ?? nothingSealed, contextOf(id))
    if (plain?.length !== sha256Bytes + md5Bytes) return nobodys
    return { 'SHA-256': plain.subarray(0, sha256Bytes), MD5: plain.subarray(sha256Bytes) }
  }

  function isAnswered(
    credentials: DigestCredentials,
    method: string,
    kept: { readonly id: string; readonly sealed: Buffer | undefined },
  ): boolean {
    const ha1s = ha1sIn(kept.sealed, kept.id)
    const offered = algorithms.includes(credentials.algorithm)
    return answersDigest(credentials, method, ha1s) && ha1s !== nobodys && offered
  }

  return {
    realm,
    challenges: (stale) => {
      const challenge = { realm, nonce: nonces.issue(), stale }
      return algorithms.map((algorithm) => digestChallenge(algorithm, challenge))
    },
    proves: (credentials, method, key, nowMs) => {
      const id = key?.id ?? ''
      const own = isAnswered(credentials, method, { id, sealed: key?.digest })
      const sealed = overlappingSecret(key, nowMs)?.digest
      const replaced = isAnswered(credentials, method, { id, sealed })
      return own || replaced
    },
    use: ({ nonce, nonceCount }) => nonces.use(nonce, nonceCount),
    sharedUse: ({ nonce, nonceCount }) =>
      isShared ? nonces.sharedUse(nonce, nonceCount) : undefined,
    seal: (id, keyText) => {
      const { 'SHA-256': sha256, MD5: md5 } = ha1sOf(id, realm, keyText)
      return sealer.seal(Buffer.concat([sha256, md5]), contextOf(id))
    },
  }
}
