import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { auditCost } from './audit.ts'
import { admittedCpu, deniedCpu, idleCpu, refusedCpu } from './cpu.ts'
import { decision } from './decision.ts'
import { engineCosts } from './engine.ts'
import { flood } from './flood.ts'
import { identityCosts } from './identity.ts'
import { latency } from './latency.ts'
import { limits } from './limits.ts'
import { memoryOfCalls } from './memory.ts'
import { fullPlan, type Plan, quickPlan } from './plan.ts'
import { type Report, tableOf } from './report.ts'
import { sharing } from './sharing.ts'
import { soak } from './soak.ts'
import { srfCosts } from './srf-alone.ts'
import { sustainedRate } from './sustained.ts'

// Entry of `npm run bench`: what Tollgate costs, measured on this machine with SIPp beside it.

type Ask = (plan: Plan) => Promise<Report | readonly Report[]>

const questions: Readonly<Record<string, Ask>> = {
  admitted: admittedCpu,
  refused: refusedCpu,
  denied: deniedCpu,
  idle: idleCpu,
  decision,
  limits,
  latency,
  audit: auditCost,
  identity: identityCosts,
  flood,
  memory: memoryOfCalls,
  sustained: sustainedRate,
  soak,
  engine: engineCosts,
  srf: srfCosts,
  sharing,
}

const usage = `Usage: npm run bench -- [--quick] [--json] [--only <${Object.keys(questions).join('|')}>]

  --quick   short runs, for a glance; the figures are not to be quoted
  --json    the figures as JSON instead of tables
  --only    one question
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help || (values.only !== undefined && !questions[values.only])) {
  process.stdout.write(usage)
  process.exitCode = values.help ? 0 : 1
} else {
  await run(Object.entries(questions).filter(([name]) => (values.only ?? name) === name))
}

async function run(asked: [string, Ask][]): Promise<void> {
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}`
  const plan = values.quick ? quickPlan : fullPlan
  const reports: Report[] = []
  if (!values.json) process.stdout.write(`${machine}\n\n`)
  for (const [, ask] of asked) {
    for (const report of [await ask(plan)].flat()) {
      reports.push(report)
      if (!values.json) process.stdout.write(`${tableOf(report)}\n`)
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, reports }, undefined, 2)}\n`)
}
