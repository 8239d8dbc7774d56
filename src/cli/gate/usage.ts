import { Failure } from '../../kernel/failure.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { optional } from '../line/options.ts'
import { show } from '../line/show.ts'
import { word } from '../line/values.ts'
import { askJson } from './client.ts'
import { gateOptions } from './options.ts'
import { placeOf } from './where.ts'

/** An owner of limits, as the API tells it. */
interface Owner {
  readonly level: string
  readonly id: string
  readonly running: number
  readonly limits: readonly {
    readonly limit: string
    readonly fits: boolean
    readonly freesInMs: number | null
    readonly figures: Readonly<Record<string, unknown>>
  }[]
  readonly budgets: readonly {
    readonly period: string
    readonly name: string
    readonly currency: string
    readonly capMicros: number
    readonly spentMicros: number
  }[]
}

interface Standing {
  readonly owners: readonly Owner[]
}

/** `tollgate usage`: how far limits and budgets are used up. */
export const usage = command({
  options: {
    tenant: optional(word('<id>'), "Whose; needed with an operator's key."),
    'key-id': optional(
      word('<id>'),
      'A key whose limits are shown too; a tenant sees those of the key it asks with.',
    ),
    ...gateOptions,
  },
  no: 'there is no such tenant or key',
  async run({ values }, terminal) {
    const { tenant, 'key-id': keyId, json } = values
    const place = await placeOf(values)
    const asking = { method: 'GET', path: '/v1/usage', query: { tenant, keyId } } as const
    const { owners } = await askJson<Standing>(place, asking).catch((error: unknown) => {
      const isNobodys = error instanceof Failure && error.code === 'not_found' && !tenant
      throw isNobodys ? new UsageError("whose? --tenant <id> with an operator's key") : error
    })
    const table = { columns: ['of', 'limit', 'state', 'figures'], rows: owners.flatMap(rowsOf) }
    show(terminal, { json, value: owners, table })
    return exitCodes.ok
  },
})

function rowsOf({ level, id, running, limits, budgets }: Owner) {
  const of = `${level} ${id}`
  return [
    [of, 'calls in progress', String(running), ''],
    ...limits.map(({ limit, fits, freesInMs, figures }) => {
      const wait = freesInMs ? `, frees in ${Math.ceil(freesInMs / 1000)} s` : ''
      return [of, limit, `${fits ? 'fits' : 'full'}${wait}`, figuresText(figures)]
    }),
    ...budgets.map(({ period, name, currency, capMicros, spentMicros }) => {
      const state = `${percent(spentMicros, capMicros)} spent`
      return [
        of,
        `budget of the ${period}`,
        state,
        moneyText({ name, currency, capMicros, spentMicros }),
      ]
    }),
  ]
}

function figuresText(figures: Readonly<Record<string, unknown>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / whole)} %`
}

interface Money {
  readonly name: string
  readonly currency: string
  readonly capMicros: number
  readonly spentMicros: number
}

function moneyText({ name, currency, capMicros, spentMicros }: Money): string {
  const [spent, cap] = [spentMicros, capMicros].map((micros) => (micros / 1_000_000).toFixed(2))
  return `${name}: ${spent} of ${cap} ${currency}`
}
