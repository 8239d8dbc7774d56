import type { Explained, ExplainedCheck, ExplainedLimit } from '../admission/explain.ts'
import type { Attestation, AttestationReason } from '../domain/attestation.ts'
import type { CallClass } from '../domain/call-class.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Admitted, Grant, Refused } from '../domain/decision.ts'
import { costMicros, type Rate } from '../domain/money.ts'
import { dialledText } from '../domain/number.ts'
import type { Reason, RefusalCatalogue } from '../domain/refusals.ts'
import { type Claims, passportsOf } from '../identity/passport.ts'
import type { Random } from '../kernel/random.ts'
import { addressInvite, buildInvite } from '../relay/invite.ts'
import { candidatesOf } from '../routing/candidates.ts'
import type { Headers } from '../sip/messages.ts'
import { RawMessage } from '../sip/raw-message.ts'
import { statementOf } from './call-statement.ts'
import { isEmergencyGrant } from './emergency.ts'
import { type RoomView, roomFor } from './explained-rooms.ts'
import { refusalAnswer } from './refusal-answer.ts'
import { noneOf, wantsTls } from './way.ts'

/** What the caller would hear, with the status of HTTP for who asks over that. */
export interface ExplainedAnswer {
  readonly status: number
  readonly phrase: string
  readonly headers: Headers
  readonly httpStatus: number
}

/** A gateway that would be tried, and the INVITE it would get. */
export interface ExplainedCandidate {
  readonly carrier: string
  readonly gateway: string
  readonly requestUri: string
  /** Whether it has room for the call; who has none is passed over. */
  readonly fits: boolean
  /** Whose limit is full and which one; undefined where nobody can tell. */
  readonly limit?: string | undefined
  readonly freesInMs?: number | undefined
  /** Every limit of the carrier and of the gateway. */
  readonly limits: readonly ExplainedLimit[]
}

/** What would become of a call of either direction; plain data, fit for JSON. */
export interface ExplainedDecision {
  /** ISO 8601. */
  readonly at: string
  readonly admitted: boolean
  readonly reason?: Reason | undefined
  readonly detail?: string | undefined
  /** Whose limit and which one. */
  readonly limit?: string | undefined
  readonly answer?: ExplainedAnswer | undefined
  readonly checks: readonly ExplainedCheck[]
  readonly limits: readonly ExplainedLimit[]
}

/** What would become of a call that a key places. */
export interface ExplainedCall extends ExplainedDecision {
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly policyId?: string | undefined
  readonly mode?: 'live' | 'test' | undefined
  readonly enforcement?: 'enforce' | 'shadow' | undefined
  readonly callClass?: CallClass | undefined
  readonly called?: string | undefined
  readonly caller?: string | undefined
  readonly attestation?: Attestation | undefined
  readonly attestationReason?: AttestationReason | undefined
  /** Claims of the PASSporTs, unsigned; none of an emergency or a test call. */
  readonly passports?: readonly Claims[] | undefined
  /** In the order in which they would be tried; none of a test call. */
  readonly candidates: readonly ExplainedCandidate[]
  /** Header fields of the INVITE to the first of them, before the signature is added. */
  readonly inviteHeaders?: Headers | undefined
  readonly rate?: Rate | undefined
  /** What the first slice of the call can cost at worst; reserved where money is limited. */
  readonly reserveMicros?: number | undefined
}

export interface ExplainCallInput {
  readonly explained: Explained
  readonly carriers: readonly Carrier[]
  /** What limits of carriers are looked at with. */
  readonly view: RoomView
  readonly refusals: RefusalCatalogue
  readonly random: Random
}

/** Says what would become of an explained call: the answer, or what would be sent to whom. */
export async function explainCall(input: ExplainCallInput): Promise<ExplainedCall> {
  const { decision, dossier, checks, limits } = input.explained
  const { nowMs, key, tenant, policy, callClass, rate } = dossier
  const known = {
    at: new Date(nowMs).toISOString(),
    admitted: decision.admitted,
    keyId: key?.id,
    tenantId: tenant?.id,
    policyId: policy?.id,
    mode: key?.mode,
    enforcement: policy?.enforcement,
    callClass,
    rate,
    checks,
    limits,
    called: dossier.called?.ok ? dialledText(dossier.called.number) : undefined,
    caller: dossier.caller?.number.e164,
    reserveMicros:
      rate && key?.mode !== 'test' ? costMicros(rate, input.view.budgetSliceS * 1000) : undefined,
  }
  const wouldBe = decision.admitted ? await carried(decision, input) : refusedAs(decision, input)
  return { ...known, ...wouldBe }
}

function refusedAs(decision: Refused, input: ExplainCallInput) {
  const { reason, detail, limit, retryAfterS } = decision
  const answer = heardOn({ reason, limit, retryAfterS }, input)
  return { reason, detail, limit, answer, candidates: [] }
}

/** What the caller would hear about a refusal. */
export function heardOn(
  about: Pick<Refused, 'reason' | 'limit' | 'retryAfterS'>,
  { refusals: catalogue, random }: Pick<ExplainCallInput, 'refusals' | 'random'>,
): ExplainedAnswer {
  const { status, phrase, headers = {} } = refusalAnswer({ ...about, catalogue, random })
  return { status, phrase, headers, httpStatus: catalogue[about.reason].httpStatus }
}

/** An admitted call is refused all the same where nobody can carry it. */
async function carried({ grant }: Admitted<Grant>, input: ExplainCallInput) {
  const { caller, called, attestation, attestationReason, key } = grant
  const said = { caller: caller.e164, called: dialledText(called), attestation, attestationReason }
  if (key.mode === 'test') return { ...said, candidates: [] }
  const isSecure = wantsTls(input.explained.dossier.attempt) && !isEmergencyGrant(grant)
  const found = candidatesOf(input.carriers, isSecure)
  if (found.length === 0) {
    const reason = noneOf(candidatesOf(input.carriers))
    const refusal = { admitted: false, reason, candidates: [] } as const
    return { ...said, ...refusal, answer: heardOn({ reason }, input) }
  }
  const { attempt, nowMs } = input.explained.dossier
  const message = new RawMessage('')
  const invite = buildInvite({ attempt, message, grant, signed: undefined })
  const statement = statementOf(grant, message)
  const candidates = await Promise.all(
    found.map(async (candidate) => ({
      carrier: candidate.carrierId,
      gateway: candidate.gateway.id,
      requestUri: addressInvite(invite, grant, candidate).uri,
      ...(await roomFor({ candidate, grant, callId: attempt.id, nowMs }, input.view)),
    })),
  )
  const first = found.find((_, at) => candidates[at]?.fits)
  if (!first) return { ...said, ...exhausted(candidates, input), candidates }
  return {
    ...said,
    passports: (statement ? passportsOf(statement, Math.floor(nowMs / 1000)) : []).map(
      ({ claims }) => claims,
    ),
    candidates,
    inviteHeaders: addressInvite(invite, grant, first).payload.headers,
  }
}

/** Of the limits that are full the caller hears the one that frees first. */
function exhausted(candidates: readonly ExplainedCandidate[], input: ExplainCallInput) {
  const soonest = candidates
    .filter(({ limit }) => limit !== undefined)
    .toSorted((one, other) => (one.freesInMs ?? Infinity) - (other.freesInMs ?? Infinity))
    .at(0)
  const { limit, freesInMs } = soonest ?? {}
  const reason = 'carriers_exhausted'
  const retryAfterS = freesInMs === undefined ? undefined : freesInMs / 1000
  const answer = heardOn({ reason, limit, retryAfterS }, input)
  return { admitted: false, reason, limit, answer } as const
}
