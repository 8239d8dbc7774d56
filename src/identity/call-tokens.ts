import { errors, jwtVerify, SignJWT } from 'jose'
import { type CallToken, type CallTokens, callTokenLifeMaxMs } from '../domain/call-token.ts'
import type { KeyId } from '../domain/key.ts'
import type { Clock } from '../kernel/clock.ts'
import { Secret } from '../kernel/secret.ts'

/** What tokens are for, so that no other JWT under the same key could ever be one. */
const audience = 'tollgate-calls'
/** RFC 9068 2.1 names the type; ours says whose it is. */
const tokenType = 'tollgate-call+jwt'
/** By so much the clock of the gate that made it may be ahead, or this one have been set back. */
const skewMs = 60_000

export interface CallTokensOptions {
  /** 32 bytes that every gate has and nobody else. */
  readonly key: Buffer
  readonly clock: Clock
}

/** Call tokens as JWTs under the gates' own key, RFC 7519 with HS256: who checks them makes them. */
export function createCallTokens({ key, clock }: CallTokensOptions): CallTokens {
  return {
    issue: async ({ id, keyId, expiresAtMs, caller, callee, callsMax }) => {
      const nowMs = clock.now()
      const endsAtMs = Math.min(expiresAtMs, nowMs + callTokenLifeMaxMs)
      const bounds = { orig: caller, dest: callee, max: callsMax }
      const token = new SignJWT(JSON.parse(JSON.stringify(bounds)))
        .setProtectedHeader({ alg: 'HS256', typ: tokenType })
        .setSubject(keyId)
        .setJti(id)
        .setAudience(audience)
        .setIssuedAt(Math.floor(nowMs / 1000))
        .setExpirationTime(Math.floor(endsAtMs / 1000))
      return new Secret(await token.sign(key))
    },
    verify: async (text) => {
      try {
        const { payload } = await jwtVerify(text.reveal(), key, {
          algorithms: ['HS256'],
          typ: tokenType,
          audience,
          currentDate: new Date(clock.now()),
          requiredClaims: ['sub', 'jti', 'exp', 'iat'],
        })
        return isOfNow(payload.iat, clock.now()) ? readClaims(payload) : undefined
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

/** RFC 7519 4.1.6: neither older than any token lives, nor made at a moment that is still to come. */
function isOfNow(iat: unknown, nowMs: number): boolean {
  if (typeof iat !== 'number') return false
  const ageMs = nowMs - iat * 1000
  return ageMs >= -skewMs && ageMs < callTokenLifeMaxMs + 1000
}

/** Undefined where a claim is not what we would have written. */
function readClaims(claims: Readonly<Record<string, unknown>>): CallToken | undefined {
  const { sub, jti, exp, orig, dest, max } = claims
  if (typeof sub !== 'string' || typeof jti !== 'string' || typeof exp !== 'number')
    return undefined
  if (!isOptional(orig, 'string') || !isOptional(dest, 'string')) return undefined
  if (!isOptional(max, 'number')) return undefined
  return {
    id: jti,
    keyId: sub as KeyId,
    expiresAtMs: exp * 1000,
    caller: orig as string | undefined,
    callee: dest as string | undefined,
    callsMax: max as number | undefined,
  }
}

function isOptional(value: unknown, type: 'string' | 'number'): boolean {
  return value === undefined || typeof value === type
}
