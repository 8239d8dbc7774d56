import { b2buaCpu } from './b2bua.ts'
import { memoryOfDialogs } from './dialogs.ts'
import { dearestMessages, messagesPerSecond } from './parsers.ts'
import type { Plan } from './plan.ts'
import type { Report } from './report.ts'
import { transactionsPerSecond } from './transactions.ts'

/** What the embedded engine costs by itself: reading, transactions, dialogs, and a bare B2BUA on it. */
export async function engineCosts(plan: Plan): Promise<readonly Report[]> {
  const { rounds, warmUpS, measureS } = plan
  return [
    messagesPerSecond(rounds),
    dearestMessages(rounds),
    transactionsPerSecond(rounds),
    await memoryOfDialogs(),
    await b2buaCpu({ rates: plan.b2buaRates, rounds: Math.ceil(rounds / 2), warmUpS, measureS }),
  ]
}
