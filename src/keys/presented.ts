import type { CallAttempt } from '../domain/attempt.ts'
import { type CredentialKind, digestAlgorithms } from '../domain/credentials.ts'
import type { KeyId } from '../domain/key.ts'
import { Secret } from '../kernel/secret.ts'
import { parseAuthParams, splitScheme } from './auth-params.ts'
import { type DigestCredentials, parseDigest } from './digest-credentials.ts'
import { type PresentedKey, parseKey } from './format.ts'

/** The one credential that came with a call; nothing is proven by having it. */
export type Presented =
  | ({ readonly kind: 'header' } & PresentedKey)
  /** Answers to one challenge, one for each algorithm; all must be right. */
  | {
      readonly kind: 'digest'
      readonly publicId: KeyId
      readonly answers: readonly DigestCredentials[]
    }
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'certificate'; readonly fingerprint: string }

/** Which kinds of credentials count, and of which realm digest answers must be. */
export interface Acceptance {
  readonly kinds: readonly CredentialKind[]
  readonly realm: string
}

/** Why what came counts for nothing: for the audit alone. */
export type BadCredentials =
  | 'several_keys'
  | 'several_credentials'
  | 'key_malformed'
  | 'digest_malformed'
  | 'token_malformed'

export type Reading =
  | { readonly found: 'one'; readonly presented: Presented }
  | { readonly found: 'none' }
  | { readonly found: 'bad'; readonly why: BadCredentials }

/** RFC 6750 2.1. */
const tokenForm = /^[A-Za-z0-9._~+/-]+=*$/
const tokenCharsMax = 4096

/**
 * The one credential of a call. Two are none: which of several would count is a question that only
 * an attacker asks. What answers another realm's challenge, or is of a kind that does not count
 * here, is as if it were not there; a certificate counts where nothing else came.
 */
export function readPresented(attempt: CallAttempt, { kinds, realm }: Acceptance): Reading {
  const keys = kinds.includes('header') ? attempt.presentedKeys : []
  const values = attempt.authorizations.map((value) => splitScheme(value.reveal()))
  const digests = kinds.includes('digest') ? values.filter(isOf('digest')) : []
  const tokens = kinds.includes('token') ? values.filter(isOf('bearer')) : []
  const ours = digests.filter((digest) => !isForeign(digest, realm)).map(readDigest)

  if (keys.length > 1) return { found: 'bad', why: 'several_keys' }
  if (keys.length + tokens.length + Math.min(1, ours.length) > 1) {
    return { found: 'bad', why: 'several_credentials' }
  }
  if (keys[0]) return fromKey(keys[0])
  if (tokens[0]) return fromToken(tokens[0].rest)
  if (ours.length > 0) return fromDigests(ours)
  const fingerprint = attempt.source.certificate?.fingerprint256
  if (fingerprint !== undefined && kinds.includes('certificate')) {
    return { found: 'one', presented: { kind: 'certificate', fingerprint } }
  }
  return { found: 'none' }
}

type Authorization = ReturnType<typeof splitScheme>

function isOf(scheme: string) {
  return (value: Authorization) => value.scheme === scheme
}

/** RFC 3261 22.3: what answers another realm's challenge has the form that is wanted there. */
function isForeign({ rest }: Authorization, realm: string): boolean {
  const named = parseAuthParams(rest)?.get('realm')
  return named !== undefined && named !== realm
}

function readDigest({ rest }: Authorization): DigestCredentials | undefined {
  return parseDigest(rest)
}

function fromKey(text: Secret): Reading {
  const key = parseKey(text.reveal().trim())
  if (!key) return { found: 'bad', why: 'key_malformed' }
  return { found: 'one', presented: { kind: 'header', ...key } }
}

function fromToken(text: string): Reading {
  if (text.length > tokenCharsMax || !tokenForm.test(text)) {
    return { found: 'bad', why: 'token_malformed' }
  }
  return { found: 'one', presented: { kind: 'token', token: new Secret(text) } }
}

/** RFC 8760 2.4: some phones answer every challenge of a 401, each with its algorithm. */
function fromDigests(answers: readonly (DigestCredentials | undefined)[]): Reading {
  const [first] = answers
  const sound = answers.filter((answer) => answer !== undefined)
  if (!first || sound.length < answers.length) return { found: 'bad', why: 'digest_malformed' }
  const { username, nonce } = first
  const alike = sound.every((answer) => answer.username === username && answer.nonce === nonce)
  const algorithms = new Set(sound.map(({ algorithm }) => algorithm))
  if (!alike || algorithms.size < sound.length || sound.length > digestAlgorithms.length) {
    return { found: 'bad', why: 'several_credentials' }
  }
  const publicId = username as KeyId
  return { found: 'one', presented: { kind: 'digest', publicId, answers: sound } }
}
