import { expect, test } from 'vitest'
import { ict } from '../../../src/engine/transaction/ict.ts'
import { ist } from '../../../src/engine/transaction/ist.ts'
import { nict } from '../../../src/engine/transaction/nict.ts'
import { nist } from '../../../src/engine/transaction/nist.ts'
import type { Rows } from '../../../src/engine/transaction/runner.ts'
import { timerRows } from '../../../src/engine/transaction/timers.ts'

const tables: { readonly [name: string]: { rows: Rows; initial: string } } = {
  ict: { rows: ict, initial: 'initial' },
  nict: { rows: nict, initial: 'initial' },
  ist: { rows: ist, initial: 'proceeding' },
  nist: { rows: nist, initial: 'initial' },
}

/** The figures, an arrow a line: state, input, next state, actions. */
const figures: { readonly [name: string]: string } = {
  // RFC 3261 figure 5 as changed by RFC 6026 8.4, and 9.1 for CANCEL.
  ict: `
    initial start calling: send startA startB
    initial transportError terminated: dropCancel transportError
    calling timerA calling: send startA
    calling timerB terminated: timeout
    calling transportError terminated: transportError
    calling 1xx proceeding: pass
    calling 2xx accepted: pass startM
    calling 300+ completed: ack pass startD
    calling cancel withholding:
    calling abandon abandoned:
    abandoned timerB terminated: dropCancel
    abandoned transportError terminated: dropCancel
    abandoned 1xx cancelling: sendCancel startCancel
    abandoned 2xx accepted: dropCancel pass startM
    abandoned 300+ completed: dropCancel ack startD
    withholding timerA withholding: send startA
    withholding timerB terminated: dropCancel timeout
    withholding transportError terminated: dropCancel transportError
    withholding 1xx cancelling: sendCancel pass startCancel
    withholding 2xx accepted: dropCancel pass startM
    withholding 300+ completed: dropCancel ack pass startD
    proceeding 1xx proceeding: pass
    proceeding 2xx accepted: pass startM
    proceeding 300+ completed: ack pass startD
    proceeding cancel cancelling: sendCancel startCancel
    cancelling 1xx cancelling: pass
    cancelling 2xx accepted: pass startM
    cancelling 300+ completed: ack pass startD
    cancelling timerCancel terminated: timeout
    completed 300+ completed: ackAgain
    completed 2xx completed: stray
    completed transportError terminated:
    completed timerD terminated:
    accepted 2xx accepted: pass
    accepted timerM terminated:`,
  // RFC 3261 figure 6.
  nict: `
    initial start trying: send startE startF
    initial drop terminated:
    initial transportError terminated: transportError
    trying timerE trying: send startE
    trying timerF terminated: timeout
    trying abandon terminated:
    trying transportError terminated: transportError
    trying 1xx proceeding: pass
    trying 200+ completed: pass startK
    proceeding timerE proceeding: send startSlowE
    proceeding timerF terminated: timeout
    proceeding transportError terminated: transportError
    proceeding 1xx proceeding: pass
    proceeding 200+ completed: pass startK
    completed timerK terminated:`,
  // RFC 3261 figure 7 as changed by RFC 6026 8.7.
  ist: `
    proceeding opened proceeding: trying
    proceeding openedByStranger proceeding: tryIfPaid startTrying
    proceeding openedBySuspect proceeding: startTrying
    proceeding timerTrying proceeding: trying
    proceeding dropped terminated:
    proceeding request proceeding: resend
    proceeding 1xx proceeding: send
    proceeding 2xx accepted: send forget startL
    proceeding 300+ completed: send startG startH
    accepted request accepted:
    accepted ack accepted: passAck
    accepted timerL terminated:
    completed request completed: resend
    completed timerG completed: resend startG
    completed timerH terminated: ackMissing
    completed ack confirmed: forget startI
    confirmed request confirmed:
    confirmed ack confirmed:
    confirmed timerI terminated:`,
  // RFC 3261 figure 8.
  nist: `
    initial request trying: startUnanswered
    trying request trying:
    trying dropped terminated:
    trying 1xx proceeding: send
    trying 200+ completed: send startJ
    trying timerUnanswered terminated:
    proceeding request proceeding: resend
    proceeding 1xx proceeding: send
    proceeding 200+ completed: send startJ
    proceeding timerUnanswered terminated:
    completed request completed: resend
    completed timerJ terminated:`,
}

test.each(Object.keys(tables))('%s has the arrows of its figure and no others', (name) => {
  const arrows = arrowsOf(tables[name]?.rows ?? {}).map(
    ({ state, input, row: [next, ...actions] }) =>
      `${state} ${input} ${next}: ${actions.join(' ')}`.trim(),
  )
  const drawn = (figures[name] ?? '').split('\n').map((line) => line.trim())
  expect(arrows.sort()).toEqual(drawn.filter((line) => line !== '').sort())
})

test.each(Object.entries(tables))('%s: every state is reached, and each can end', (_, table) => {
  const { rows, initial } = table
  const reached = reachable(rows, initial)
  expect([...reached].sort()).toEqual(Object.keys(rows).sort())
  for (const state of reached) expect(reachable(rows, state)).toContain('terminated')
})

test.each(Object.entries(tables))('%s: a timer has a row only where it can run', (_, table) => {
  const running = timersRunning(table.rows, table.initial)
  for (const { state, input } of arrowsOf(table.rows)) {
    if (input.startsWith('timer')) expect(running.get(state)).toContain(input)
  }
})

test.each(Object.entries(tables))('%s: every started timer can fire', (_, { rows }) => {
  const fired = new Set(arrowsOf(rows).map(({ input }) => input))
  for (const { row } of arrowsOf(rows))
    for (const input of started(row)) expect(fired).toContain(input)
})

test('only ringing waits without a timer', () => {
  // The user bounds how long an INVITE rings: RFC 3261 17 gives these states no timer.
  const unbounded = { ict: ['initial', 'proceeding'], nict: ['initial'], ist: ['proceeding'] }
  for (const [name, { rows }] of Object.entries(tables)) {
    const waiting = Object.entries(rows)
      // The 100 that is put off bounds nothing.
      .filter(([, row]) => !Object.keys(row).some((one) => /^timer(?!Trying)/.test(one)))
      .map(([state]) => state)
      .filter((state) => state !== 'terminated')
    expect(waiting).toEqual({ nist: ['initial'], ...unbounded }[name])
  }
})

interface Arrow {
  readonly state: string
  readonly input: string
  readonly row: readonly string[]
}

function arrowsOf(rows: Rows): Arrow[] {
  return Object.entries(rows).flatMap(([state, inputs]) =>
    Object.entries(inputs).map(([input, row]) => ({ state, input, row })),
  )
}

function reachable(rows: Rows, from: string): Set<string> {
  const found = new Set([from])
  for (const state of found) {
    for (const row of Object.values(rows[state] ?? {})) found.add(row[0])
  }
  return found
}

/** The inputs of the timers that a row starts. */
function started(row: readonly string[]): string[] {
  const inputs: Readonly<Record<string, { input: string }>> = timerRows
  return row.flatMap((action) => inputs[action]?.input ?? [])
}

/** Which timers may be running in each state, whatever happened before. */
function timersRunning(rows: Rows, initial: string): Map<string, Set<string>> {
  const running = new Map([[initial, new Set<string>()]])
  for (let grown = true; grown; ) {
    grown = false
    for (const { state, row } of arrowsOf(rows)) {
      const before = running.get(state)
      const after = running.get(row[0] ?? '') ?? new Set<string>()
      const size = after.size
      for (const timer of [...(before ?? []), ...started(row)]) after.add(timer)
      if (before) running.set(row[0] ?? '', after)
      grown ||= after.size > size
    }
  }
  return running
}

test.each(Object.entries(tables))(
  '%s awaits no timer again that it has stopped awaiting',
  (_, { rows }) => {
    for (const [state, inputs] of Object.entries(rows)) {
      const unawaited = Object.values(timerRows).filter(({ input }) => !inputs[input])
      for (const [next, ...actions] of Object.values(inputs)) {
        const started = actions.map((action) => timerOf(action))
        const again = unawaited.filter(
          ({ input }) => rows[next]?.[input] && !started.includes(input),
        )
        expect([state, next, again]).toEqual([state, next, []])
      }
    }
  },
)

function timerOf(action: string): string | undefined {
  return action in timerRows ? timerRows[action as keyof typeof timerRows].input : undefined
}
