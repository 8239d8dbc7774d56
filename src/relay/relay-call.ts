import type { Abandonment } from '../sip/inbound-call.ts'
import { plainAnswer } from '../sip/messages.ts'
import { Attempt } from './attempt.ts'
import { bridgeCall } from './bridge.ts'
import type { CallEnd, FailedAttempt, RelayedCall } from './relayed-call.ts'

/**
 * Carries an admitted call: dials the candidates one by one, joins the legs, and stays until the
 * call has ended. Never rejects; whatever happens, both legs are ended when it resolves.
 */
export async function relayCall(call: RelayedCall): Promise<CallEnd> {
  const stop = new Stop(call)
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
    if (outcome.kind === 'answered') return await bridgeCall(call, candidate, outcome)
    if (outcome.kind === 'stopped') return stop.end ?? engineLost
    failures.push(outcome.failure)
    call.events.failed(candidate, outcome.failure)
    if (!call.failover.advances(outcome.failure)) break
  }
  return stop.end ?? refuse(call, failures)
}

const engineLost = unanswered('gate', 'engine_lost', 500)

/** All that may stop a call before it is answered, and what stopped it. */
class Stop {
  end: CallEnd | undefined
  attempt: Attempt | undefined

  constructor(call: RelayedCall) {
    call.inbound.onAbandoned((abandonment) => {
      this.#stop(abandonedEnd(abandonment), abandonment.reasons)
    })
    call.control.onHangUp((cause) => {
      if (this.end) return
      const reason = `SIP;cause=480;text="${cause}"`
      call.inbound.refuse(plainAnswer(480, 'Temporarily Unavailable', { Reason: reason }))
      this.#stop(unanswered('gate', cause, 480), [reason])
    })
  }

  #stop(end: CallEnd, reasons: readonly string[]): void {
    this.end ??= end
    this.attempt?.stop(reasons)
  }
}

/** How a call ends that its caller gave up, or the engine. */
export function abandonedEnd({ cause }: Abandonment): CallEnd {
  if (cause === 'cancelled') return unanswered('caller', 'cancelled', 487)
  return cause === 'prack_timeout' ? unanswered('gate', cause, 504) : engineLost
}

function refuse(call: RelayedCall, failures: readonly FailedAttempt[]): CallEnd {
  const verdict = call.failover.bestAnswer(failures)
  const best = verdict.kind === 'pass_on' ? failures[verdict.index] : undefined
  const { cause, answer } = best ? { cause: 'rejected', answer: best.answer } : call.exhausted()
  call.inbound.refuse(answer)
  return unanswered(best ? 'callee' : 'gate', cause, answer.status)
}

function unanswered(endedBy: CallEnd['endedBy'], cause: string, status: number): CallEnd {
  return { endedBy, cause, status, durationMs: 0 }
}
