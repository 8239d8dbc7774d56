import { Cluster } from 'ioredis'
import type { RedisClient } from './connect.ts'

/**
 * The policies (`maxmemory-policy`) by which servers may throw away what stands on them once their memory
 * is full, each once; empty where none may, or where it is not told.
 */
export async function evictionPolicies(client: RedisClient): Promise<readonly string[]> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client]
  const told = await Promise.allSettled(nodes.map((node) => node.info('memory')))
  const policies = told.flatMap((one) => (one.status === 'fulfilled' ? evicting(one.value) : []))
  return [...new Set(policies)]
}

/** `INFO memory` has a line a figure. A server without a bound on its memory throws nothing away. */
function evicting(info: string): string[] {
  const max = /^maxmemory:(\d+)\r?$/m.exec(info)?.[1] ?? '0'
  const policy = /^maxmemory_policy:([a-z-]+)\r?$/m.exec(info)?.[1] ?? 'noeviction'
  return max === '0' || policy === 'noeviction' ? [] : [policy]
}
