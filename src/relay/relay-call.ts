import type { Timer } from '../kernel/clock.ts'
import { Attempt } from './attempt.ts'
import { bridgeCall } from './bridge.ts'
import { abandonedEnd, endExpired, endUnanswered, engineLost, unanswered } from './call-end.ts'
import type { CallEnd, FailedAttempt, RelayedCall } from './relayed-call.ts'

/**
 * Carries an admitted call: dials the candidates one by one, joins the legs, and stays until the
 * call has ended. Never rejects; whatever happens, both legs are ended when it resolves.
 */
export async function relayCall(call: RelayedCall): Promise<CallEnd> {
  using stop = new Stop(call)
  const failures: FailedAttempt[] = []
  for (const [index, candidate] of call.candidates.entries()) {
    if (stop.end) return stop.end
    const taken = await call.take(candidate, index + 1)
    await using _room = taken.room
    if (stop.end) return stop.end
    if (!taken.room) {
      call.events.passedOver(candidate, taken.full)
      continue
    }
    call.events.dialled(candidate, failures.length + 1)
    const attempt = new Attempt(call, candidate)
    stop.attempt = attempt
    const outcome = await attempt.outcome
    if (outcome.kind === 'answered') {
      stop.expireNoMore()
      return await bridgeCall(call, candidate, outcome)
    }
    if (outcome.kind === 'stopped') return stop.end ?? engineLost
    failures.push(outcome.failure)
    call.events.failed(candidate, outcome.failure)
    if (!call.failover.advances(outcome.failure)) break
  }
  return stop.end ?? refuse(call, failures)
}

/** All that may stop a call before it is answered, and what stopped it. */
class Stop implements Disposable {
  end: CallEnd | undefined
  attempt: Attempt | undefined
  readonly #expiry: Timer | undefined

  constructor(call: RelayedCall) {
    call.inbound.onAbandoned((abandonment) => {
      this.#stop(abandonedEnd(abandonment), abandonment.reasons)
    })
    call.control.onHangUp((cause) => {
      if (this.end) return
      const { end, reason } = endUnanswered(call.inbound, cause)
      this.#stop(end, [reason])
    })
    if (call.invitationMs !== undefined) {
      this.#expiry = call.clock.after(call.invitationMs, () => this.#expire(call.inbound))
    }
  }

  /** Somebody has answered. */
  expireNoMore(): void {
    this.#expiry?.cancel()
  }

  [Symbol.dispose](): void {
    this.expireNoMore()
  }

  #expire(inbound: RelayedCall['inbound']): void {
    if (this.end) return
    const { end, reason } = endExpired(inbound)
    this.#stop(end, [reason])
  }

  #stop(end: CallEnd, reasons: readonly string[]): void {
    this.end ??= end
    this.attempt?.stop(reasons)
  }
}

function refuse(call: RelayedCall, failures: readonly FailedAttempt[]): CallEnd {
  const verdict = call.failover.bestAnswer(failures)
  const best = verdict.kind === 'pass_on' ? failures[verdict.index] : undefined
  const { cause, answer } = best ? { cause: 'rejected', answer: best.answer } : call.exhausted()
  call.inbound.refuse(answer)
  return unanswered(best ? 'callee' : 'gate', cause, answer.status)
}
