import type { PassportFault } from '../../domain/passport-faults.ts'
import type { CallToVerify, PassportFinding } from '../../domain/verification.ts'
import type { VerifiedChain } from './chain.ts'
import type { ChainStore } from './chain-store.ts'
import { type Route, walkBack } from './diversions.ts'
import { dateFault, iatFault } from './freshness.ts'
import { isSameParty } from './parties.ts'
import { provePassport } from './prove-passport.ts'
import { type Passport, type ReadPassport, readPassport } from './read-passport.ts'
import type { ReplayGuard } from './replay-guard.ts'
import { readRichCallData } from './rich-call-data.ts'

export interface ExaminationParts {
  readonly chains: Pick<ChainStore, 'chainAt'>
  readonly replays: Pick<ReplayGuard, 'claims'>
  /** RFC 8224 6.2: how far `iat` and Date may be from now, before and after. */
  readonly skewMs: number
  /** How old the PASSporTs of a diverted call may be: it has rung elsewhere. */
  readonly divertedAgeMaxMs: number
}

/** A PASSporT that holds, how it leads here, and who signed it. */
export interface Proven {
  readonly passport: Passport
  readonly diversions: readonly Passport[]
  readonly chain: VerifiedChain
}

export interface Examination {
  /** Those that hold, diversions included, in the order of their fields. */
  readonly proven: readonly Proven[]
  /** One for each field, in order. */
  readonly findings: readonly PassportFinding[]
}

type Faults = Map<Passport, PassportFault>

/** Examines every Identity field of a call; what costs least is looked at first. */
export async function examine(parts: ExaminationParts, call: CallToVerify): Promise<Examination> {
  const fields = call.identityHeaders.map((value) => readPassport(value, call))
  const passports = fields.flatMap((field) => (field.is === 'passport' ? [field.passport] : []))
  const faults: Faults = new Map()
  const without = (fault: (passport: Passport) => PassportFault | undefined) => {
    for (const passport of passports) {
      const found = faults.has(passport) ? undefined : fault(passport)
      if (found) faults.set(passport, found)
    }
  }
  const { skewMs, divertedAgeMaxMs } = parts
  const now = { nowMs: call.receivedAtMs, skewMs, ageMaxMs: skewMs }
  // RFC 8946 3: a diversion keeps the moment of the first PASSporT, and the call may have rung since.
  const diverted = { ...now, ageMaxMs: Math.max(skewMs, divertedAgeMaxMs) }
  const isDiverted = passports.some(({ claims }) => claims.kind === 'div')
  without((passport) => callerFault(passport, call))
  without(() => dateFault(call.dateHeader, isDiverted ? diverted : now))
  const sound = passports.filter((passport) => !faults.has(passport))
  const routes = new Map(walkBack(sound, call.dest).map((route) => [route.passport, route]))
  without((passport) => {
    const route = routes.get(passport)
    const { kind, iatS } = passport.claims
    if (!route) return kind === 'div' ? 'div_broken' : 'dest_mismatch'
    return iatFault(iatS, kind === 'div' || route.diversions.length > 0 ? diverted : now)
  })
  const proven = await prove(parts, call, { passports, routes, faults })
  return { proven, findings: fields.map((field) => findingOf(field, faults)) }
}

function callerFault({ claims }: Passport, { orig }: CallToVerify): PassportFault | undefined {
  if (!orig) return 'caller_missing'
  if (!isSameParty(claims.orig, orig)) return 'orig_mismatch'
  if (claims.kind !== 'rcd') return undefined
  return claims.rich && readRichCallData(claims.rich) ? undefined : 'rcd_mismatch'
}

interface Candidates {
  readonly passports: readonly Passport[]
  readonly routes: ReadonlyMap<Passport, Route>
  readonly faults: Faults
}

/** Checks the signatures of what is left, and that every diversion on a way holds. */
async function prove(
  { chains, replays, skewMs, divertedAgeMaxMs }: ExaminationParts,
  call: CallToVerify,
  { passports, routes, faults }: Candidates,
): Promise<readonly Proven[]> {
  const left = passports.filter((passport) => !faults.has(passport))
  const answers = await Promise.all(left.map((passport) => provePassport(passport, chains)))
  const signedBy = new Map<Passport, VerifiedChain>()
  for (const [at, passport] of left.entries()) {
    const answer = answers[at] ?? 'internal_error'
    const untilMs = passport.claims.iatS * 1000 + Math.max(skewMs, divertedAgeMaxMs)
    if (typeof answer === 'string') faults.set(passport, answer)
    else if (replays.claims(passport, call.sipCallId, untilMs - call.receivedAtMs))
      signedBy.set(passport, answer)
    else faults.set(passport, 'replayed')
  }
  const used = new Set<Passport>()
  for (const passport of signedBy.keys()) {
    if (passport.claims.kind === 'div') continue
    const diversions = routes.get(passport)?.diversions ?? []
    if (diversions.every((one) => signedBy.has(one))) for (const one of diversions) used.add(one)
    else faults.set(passport, 'div_broken')
  }
  // A diversion of nothing says nothing.
  for (const passport of signedBy.keys()) {
    if (passport.claims.kind === 'div' && !used.has(passport)) faults.set(passport, 'div_broken')
  }
  return [...signedBy].flatMap(([passport, chain]) => {
    const diversions = routes.get(passport)?.diversions ?? []
    return faults.has(passport) ? [] : [{ passport, chain, diversions }]
  })
}

function findingOf(field: ReadPassport, faults: Faults): PassportFinding {
  if (field.is === 'unknown') return { ppt: field.ppt, outcome: 'ignored', ppi: field.ppi }
  if (field.is === 'faulty') {
    const { ppt, fault, ppi } = field
    return { ppt, outcome: 'invalid', fault, ppi }
  }
  const { ppt, ppi } = field.passport
  const fault = faults.get(field.passport)
  return fault ? { ppt, outcome: 'invalid', fault, ppi } : { ppt, outcome: 'valid', ppi }
}
