import type { Key } from '../domain/key.ts'

/** What of a key may be shown, with the words of the settings; nothing secret. */
export interface KeyDescription {
  readonly id: string
  readonly tenant: string
  readonly policy: string
  readonly mode: Key['mode']
  readonly status: Key['status']
  readonly expiresAt: string | null
  readonly allowedSources: readonly string[]
  readonly certificates: readonly string[]
  /** Whether it has a digest password. */
  readonly digest: boolean
  /** Until when the secret that was replaced goes on working. */
  readonly previousUntil: string | null
  readonly lastUsedAt: string | null
}

/** Describes a key at a moment. */
export function describeKey(
  key: Key,
  { nowMs, lastUsedAtMs }: { readonly nowMs: number; readonly lastUsedAtMs: number | undefined },
): KeyDescription {
  const until = key.previous?.validUntilMs
  return {
    id: key.id,
    tenant: key.tenantId,
    policy: key.policyId,
    mode: key.mode,
    status: key.status,
    expiresAt: momentText(key.expiresAtMs),
    allowedSources: key.allowedSources,
    certificates: key.certificates ?? [],
    digest: key.digest !== undefined,
    previousUntil: until !== undefined && until > nowMs ? momentText(until) : null,
    lastUsedAt: momentText(lastUsedAtMs),
  }
}

function momentText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
