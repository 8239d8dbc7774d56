import { describe, expect, test } from 'vitest'
import type { Decision } from '../../src/domain/decision.ts'
import { rules, tables } from './loaded.ts'
import { explainRow } from './run-row.ts'

// Explaining is held against the same rows: it says what admission then does, and leaves no trace.

describe.each(tables)('explained: $subject', ({ given, rows }) => {
  test.each(rows)('$name', async (row) => {
    const { explained, outcome } = await explainRow(given, row, rules)
    const { admitted, silent, reason, status } = row.expect
    // What was asked before left the outcome as the row has it.
    if (admitted || silent) expect(outcome.answer).toBeUndefined()
    else
      expect([outcome.answer?.status, outcome.answer?.headers?.Reason]).toEqual([
        status,
        expect.stringContaining(`"${reason}`),
      ])
    const { decision } = outcome
    if (!explained || !decision || !isOfKnownKey(decision)) return
    expect(verdictOf(explained.decision)).toEqual(verdictOf(decision))
  })
})

/** Explaining takes the key as proven: how it is not, it cannot say. */
function isOfKnownKey(decision: Decision): boolean {
  return decision.admitted || decision.key !== undefined
}

function verdictOf(decision: Decision): unknown {
  if (!decision.admitted) {
    const { reason, limit, detail, retryAfterS } = decision
    return { reason, limit, detail, retryAfterS }
  }
  const { grant } = decision
  if (grant.direction === 'inbound') throw new Error('only what goes out is explained')
  const { caller, called, attestation, key, rate } = grant
  return { caller, called, attestation, keyId: key.id, rate }
}
