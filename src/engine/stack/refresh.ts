import { sequenceOf, sourceOf } from '../dialog/dialog.ts'
import { firstHeader } from '../message/headers.ts'
import type { Header, Response } from '../message/message.ts'
import { parseSeconds } from '../message/session-expires.ts'
import type { AppRequest } from '../protocol/types.ts'
import { wireBytes } from '../transaction/kept-bytes.ts'
import type { ClientEvents, ClientTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import { repeatAck } from './client-invite.ts'
import { acknowledge, expired, ownRequest, sayGoodbye } from './goodbye.ts'
import { prepare } from './leg.ts'
import { applyTerms, intervalMinS, isBusy, minSe, type SessionEnds, termsOf } from './session.ts'
import type { Leg, OwedAck, Stack } from './stack.ts'

/** How long a refresh waits for the end of what stands in its way, milliseconds. */
const busyMs = 1_000

/** How long after a refusal the refresh is tried again, unless the refusal says so, milliseconds. */
const againMs = 5_000

/** What the engine does when a session's time is half over, and when it is over. */
export const sessionEnds: SessionEnds = {
  refresh,
  expire: (stack, leg) => sayGoodbye(stack, leg, expired),
}

/** RFC 4028 10: refreshes the session; the app hears nothing of it. */
function refresh(stack: Stack, leg: Leg) {
  const { session } = leg
  if (!session || leg.state !== 'confirmed') return
  if (isBusy(leg)) return session.timer.refreshAfter(busyMs)
  const message = refreshRequest(leg)
  prepare(stack, leg, { message }, (prepared) => {
    if (prepared.kind !== 'ready') return session.timer.refreshAfter(againMs)
    const user = new Refresh(stack, leg, message.method)
    user.begin(stack.layer.send(prepared.request, prepared.way.to, user))
  })
}

/** UPDATE where the peer takes it, which leaves the session's description alone; else re-INVITE. */
function refreshRequest(leg: Leg): AppRequest {
  const intervalS = leg.session?.timer.terms.intervalS ?? intervalMinS
  const headers: Header[] = [
    { name: 'Supported', value: 'timer' },
    { name: 'Session-Expires', value: `${intervalS};refresher=uac` },
    minSe,
  ]
  if (leg.session?.takesUpdate || !leg.local) return ownRequest('UPDATE', headers)
  headers.push({ name: 'Content-Type', value: leg.local.type })
  return { ...ownRequest('INVITE', headers), body: wireBytes(leg.local.body) }
}

/** A refresh of ours on its way. */
class Refresh implements ClientEvents {
  readonly #stack: Stack
  readonly #leg: Leg
  readonly #isInvite: boolean
  #transaction: ClientTransaction | undefined
  #owed: OwedAck | undefined

  constructor(stack: Stack, leg: Leg, method: string) {
    this.#stack = stack
    this.#leg = leg
    this.#isInvite = method === 'INVITE'
  }

  begin(transaction: ClientTransaction): void {
    this.#transaction = transaction
    const leg = this.#leg
    if (leg.session) leg.session.refreshing = true
    if (this.#isInvite) leg.outboundInvite = this
    else leg.outboundUpdate = 'bare'
  }

  /** The dialog is being ended. */
  withdraw(): void {
    if (this.#transaction) this.#stack.layer.cancel(this.#transaction, [])
  }

  onResponse(response: Response, arrival: Arrival<Response>) {
    if (response.status < 200) return
    // RFC 3261 13.2.2.4: a 2xx that comes again wants its ACK again.
    if (this.#owed) return repeatAck(this.#stack, this.#owed)
    if (!this.#transaction) return
    const sequence = sequenceOf(this.#transaction.request)
    this.#close()
    if (response.status >= 300) return this.#refused(response)
    this.#succeed(arrival, sequence)
    this.#release()
  }

  onTimeout(): void {
    this.#lost()
  }

  onTransportError(): void {
    this.#lost()
  }

  #succeed(arrival: Arrival<Response>, sequence: number): void {
    const leg = this.#leg
    const stack = this.#stack
    leg.dialog.refreshTarget(arrival.message, sourceOf(arrival))
    if (this.#isInvite) {
      this.#owed = { sequence, credentials: [], sent: undefined }
      leg.owedAck = this.#owed
      acknowledge(stack, leg)
    }
    if (!leg.session) return
    // RFC 4028 7.2: a peer without timers says nothing, and we go on as the refresher.
    const terms = termsOf(arrival.message) ?? leg.session.timer.terms
    applyTerms(stack, leg, { terms, peer: arrival.message })
  }

  #refused(response: Response) {
    const { session } = this.#leg
    const { status } = response
    // RFC 4028 10: the peer does not know the dialog, or is not there.
    if (status === 408 || status === 481) return this.#lost()
    if (session && status === 422) this.#takeLonger(response)
    // A timer that the peer knows nothing of asks whether it is there. It is, if it refuses.
    else if (session && status !== 491 && !session.peerKeepsTime)
      session.timer.arm(session.timer.terms)
    else session?.timer.refreshAfter(this.#waitMs(response))
    this.#release()
  }

  /** RFC 4028 7.4: again, with the interval that somebody on the way asks for. */
  #takeLonger(response: Response): void {
    const { session } = this.#leg
    const wantedS = parseSeconds(firstHeader(response, 'Min-SE') ?? '') ?? 0
    if (!session || wantedS <= session.timer.terms.intervalS) return
    session.timer.arm({ ...session.timer.terms, intervalS: wantedS })
    session.timer.refreshAfter(0)
  }

  #waitMs(response: Response): number {
    const { random } = this.#stack
    if (response.status === 491) {
      // RFC 3261 14.1: whoever chose the Call-ID waits longer.
      return this.#leg.dialog.side === 'uac' ? 2_100 + random.below(1_900) : random.below(2_000)
    }
    const wantedS = parseSeconds(firstHeader(response, 'Retry-After') ?? '')
    // A peer that always says 0 would be asked again as fast as it answers.
    return wantedS === undefined ? againMs : Math.max(busyMs, wantedS * 1_000)
  }

  /** RFC 4028 10: no answer means that nobody is there. */
  #lost(): void {
    this.#close()
    sayGoodbye(this.#stack, this.#leg, expired)
    this.#release()
  }

  #close(): void {
    this.#transaction = undefined
    const leg = this.#leg
    if (leg.outboundInvite === this) leg.outboundInvite = undefined
    if (!this.#isInvite) leg.outboundUpdate = undefined
  }

  /** What an app wanted to send meanwhile goes now. */
  #release(): void {
    const { session } = this.#leg
    if (!session) return
    session.refreshing = false
    for (const send of session.held.splice(0)) send()
  }
}
