import { type Clock, sleep } from '../kernel/clock.ts'
import { type Line, type Outcome, ordinary } from './lines.ts'
import type { Dial, Final, OutgoingCall } from './outgoing-call.ts'
import type { Pbx } from './pbx.ts'
import type { Proof, SigningCarrier } from './signing-carrier.ts'
import type { Arrival, Simulation } from './simulation.ts'
import type { SipText } from './sip-text.ts'

export interface Stage {
  readonly pbx: Pbx
  /** Brings calls to tenants' numbers, from an address of its own. */
  readonly carrier: Pbx
  readonly signing: SigningCarrier
  readonly simulation: Simulation
  readonly clock: Clock
  /** The values of the key headers for a line. */
  keysFor(line: Line): readonly string[]
  /** Called when everything is in place and the call itself comes next. */
  beforeCall(line: Line): void
}

/** What was seen of a call; the decision is read from the audit log later. */
export interface Seen extends Omit<Outcome, 'decision'> {
  readonly sipCallId: string
  readonly elapsedMs: number
  /** What the carrier should never have got, or '' */
  readonly leaked: string
}

/** How long the demo waits for what must follow an answer. */
const settleMaxMs = 5000

/** Places the call of a line, whatever must come before it included, and waits for its end. */
export async function placeLine(line: Line, stage: Stage): Promise<Seen> {
  const earlier = line.after && (await placeEarlier(line, stage))
  stage.simulation.takeArrivals()
  stage.beforeCall(line)
  const proofs = line.inbound ? await proofsOf(line, line.inbound, stage) : []
  const dial = dialOf(line, stage)
  const call = (line.inbound ? stage.carrier : stage.pbx).dial({
    ...dial,
    headers: [...(dial.headers ?? []), ...proofs.map((proof) => ['Identity', proof] as const)],
    cancelWhenRinging: line.cancelWhenRinging ?? false,
  })
  const final = await call.final
  const arrivals = stage.simulation.takeArrivals()
  if (final.status === 200) await within(call.ended, stage.clock)
  if (earlier) await hangUp(earlier, stage)
  return seen(call.callId, final, arrivals)
}

async function placeEarlier(line: Line, stage: Stage): Promise<OutgoingCall | undefined> {
  const call = stage.pbx.dial(dialOf({ ...line, to: ordinary.to }, stage))
  await call.final
  if (line.after === 'a call that goes on') return call
  await hangUp(call, stage)
  return undefined
}

async function hangUp(call: OutgoingCall, { clock }: Stage): Promise<void> {
  call.hangUp()
  await within(call.ended, clock)
}

function proofsOf(line: Line, proof: Proof, { signing }: Stage): Promise<readonly string[]> {
  const { from = ordinary.from, to = ordinary.to } = line
  return signing.proofOf(proof, from, to)
}

function dialOf(line: Line, stage: Stage): Dial {
  const { from = ordinary.from, to = ordinary.to, maxForwards = ordinary.maxForwards } = line
  return {
    requestUri: to.includes(':') ? to : `sip:${to}@${stage.pbx.gateHostPort}`,
    from: from.includes(':') ? `"PBX" <${from}>` : `"PBX" <sip:${from}@pbx.demo>`,
    keys: stage.keysFor(line),
    maxForwards,
    headers: [
      ...(line.require ? [['Require', line.require] as const] : []),
      ...(line.privacy ? [['Privacy', line.privacy] as const] : []),
      ...(line.callClass ? [['X-Call-Class', line.callClass] as const] : []),
      ...(line.cameThroughGate ? [['Via', viaOf(stage.pbx.gateHostPort)] as const] : []),
    ],
  }
}

function viaOf(hostPort: string): string {
  return `SIP/2.0/UDP ${hostPort};branch=z9hG4bKbefore`
}

function seen(sipCallId: string, final: Final, arrivals: readonly Arrival[]): Seen {
  const { status, reason, elapsedMs } = final
  const [arrived] = arrivals
  return {
    sipCallId,
    status,
    reason,
    elapsedMs,
    attestation: arrived ? attestationOf(arrived.message) : '',
    gateways: arrivals.map(({ gatewayId }) => gatewayId).join(' '),
    leaked: arrivals.some(({ message }) => leaks(message)) ? 'the key reached a carrier' : '',
  }
}

/** RFC 8588: the `attest` claim of the PASSporT in the Identity header, or '?'. */
function attestationOf(invite: SipText): string {
  const [passport = ''] = invite.first('Identity').split(';')
  const [, payload = ''] = passport.split('.')
  try {
    const { attest } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return String(attest)
  } catch {
    return '?'
  }
}

function leaks(invite: SipText): boolean {
  return invite.all('X-API-Key').length > 0 || invite.raw.includes('tg_live_')
}

async function within(event: Promise<unknown>, clock: Clock): Promise<void> {
  await Promise.race([event, sleep(clock, settleMaxMs)])
}
