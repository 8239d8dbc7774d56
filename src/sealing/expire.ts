import { monthsKept, type Retention, usualRetention } from '../domain/personal.ts'
import type { KeyFile, TreeId } from './key-file.ts'
import { type Month, monthOf, monthsLater } from './month.ts'

/** What each tenant's data is kept for; those of others by the usual terms. */
export type RetentionOf = (tenant: string) => Retention

/** The terms that are declared, and the usual ones for tenants that have none. */
export function retentionOf(
  tenants: readonly { readonly id: string; readonly retention?: Retention | undefined }[],
): RetentionOf {
  const own = new Map(tenants.map(({ id, retention }) => [id, retention]))
  return (tenant) => own.get(tenant) ?? usualRetention
}

/** What was destroyed of one tenant and kind. */
export interface Expired {
  readonly tenant: string
  readonly kind: TreeId['kind']
  /** The last month that is gone. */
  readonly throughMonth: Month
}

/** The last month that is over for something kept so many months: 1 keeps the whole month before. */
export function lastExpired(nowMs: number, monthsKept: number): Month {
  return monthsLater(monthOf(nowMs), -monthsKept - 1)
}

/** The keys of every month whose time is over. */
export function monthsOver(keys: KeyFile, retention: RetentionOf, nowMs: number): TreeId[] {
  return keys.list().filter(({ tenant, month, kind }) => {
    return month <= lastExpired(nowMs, monthsKept(retention(tenant), kind))
  })
}

/** Destroys the keys of every month whose time is over. When it returns nobody can read them any more. */
export function expireMonths(keys: KeyFile, retention: RetentionOf, nowMs: number): Expired[] {
  const over = monthsOver(keys, retention, nowMs)
  keys.destroy(over)
  return [...Map.groupBy(over, ({ tenant, kind }) => `${kind} ${tenant}`).values()].map((ids) => {
    const { tenant, kind } = ids[0] as TreeId
    const months = ids.map(({ month }) => month).sort()
    return { tenant, kind, throughMonth: months.at(-1) as Month }
  })
}
