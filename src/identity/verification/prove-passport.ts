import type { KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import type { PassportFault } from '../../domain/passport-faults.ts'
import type { PassportParty } from '../../domain/verification.ts'
import { listsNumber } from '../tn-auth-list.ts'
import type { VerifiedChain } from './chain.ts'
import type { ChainStore } from './chain-store.ts'
import type { Passport } from './read-passport.ts'

/** The chain that a PASSporT was signed by, or what is wrong with its signature. */
export async function provePassport(
  passport: Passport,
  chains: Pick<ChainStore, 'chainAt'>,
): Promise<VerifiedChain | PassportFault> {
  const chain = await chains.chainAt(passport.x5u)
  if (typeof chain === 'string') return chain
  const { claims } = passport
  // RFC 8946 3: who diverts a call speaks for the number that it was diverted from.
  const speaksFor = claims.kind === 'div' ? claims.div : claims.orig
  if (!covers(chain, speaksFor)) return 'tn_not_covered'
  for (const jws of passport.jws) if (await isSigned(jws, chain.publicKey)) return chain
  return 'signature_invalid'
}

/**
 * RFC 8226 9: a list that names numbers speaks for those; a Service Provider Code speaks for whatever
 * its provider serves, which no list that is public tells. A certificate of RFC 8226 speaks for no URI.
 */
function covers({ scopes }: VerifiedChain, party: PassportParty): boolean {
  if (!('tn' in party)) return false
  const digits = party.tn.replace(/^\+/, '')
  return scopes.every(
    (entries) => entries.some((entry) => 'spc' in entry) || listsNumber(entries, digits),
  )
}

async function isSigned(jws: string, publicKey: KeyObject): Promise<boolean> {
  try {
    await compactVerify(jws, publicKey, { algorithms: ['ES256'] })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
