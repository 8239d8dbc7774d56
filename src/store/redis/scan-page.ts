import type { PermissionPage, PermissionPageAsked } from '../permission-port.ts'
import type { RedisClient } from './connect.ts'

const position = /^([0-9]{1,20})\.([0-9]{1,9})$/

/**
 * A page of the values of a hash. Each scan of the server gives as many as it likes, so a page is a part
 * of one scan; what is there all the while is on a page, and what comes and goes may be.
 */
export async function scanPage(
  client: Pick<RedisClient, 'hscan'>,
  key: string,
  { limit, cursor = '0.0' }: PermissionPageAsked,
): Promise<PermissionPage<{ readonly field: string; readonly value: string }>> {
  const [, from, skipped] = position.exec(cursor) ?? []
  if (from === undefined || skipped === undefined) throw new RangeError('no cursor of ours')
  const [next, flat] = await client.hscan(key, from, 'COUNT', limit)
  const all = flat.flatMap((field, at) => {
    return at % 2 === 0 ? [{ field, value: flat[at + 1] ?? '' }] : []
  })
  const start = Number(skipped)
  const items = all.slice(start, start + limit)
  if (start + limit < all.length) return { items, next: `${from}.${start + limit}` }
  return { items, next: next === '0' ? undefined : `${next}.0` }
}
