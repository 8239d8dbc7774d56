import { hash } from 'node:crypto'
import type { KeyId } from './key.ts'
import type { Tenant } from './tenant.ts'

/**
 * RFC 8588 5: what stands in PASSporTs for where a call came in: the tenant's own UUID where it has
 * one, else one for each of its keys, which is the same at every start, on every gate and after
 * every rotation, and tells nobody which key it is.
 */
export function origIdOf(tenant: Pick<Tenant, 'id' | 'origId'>, keyId: KeyId): string {
  return tenant.origId ?? stableUuid(`tollgate trunk ${tenant.id} ${keyId}`)
}

/** RFC 9562 5.8: a UUID of our own making. */
function stableUuid(name: string): string {
  const digest = hash('sha256', name, 'buffer')
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6)
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = digest.toString('hex', 0, 16)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
