import { isCallClass } from '../../domain/call-class.ts'
import { type Consent, isFrom, type OptOut, optOutScopes } from '../../domain/permission.ts'
import type { TenantId } from '../../domain/tenant.ts'
import { Failure } from '../../kernel/failure.ts'
import {
  consentsMax,
  type PermissionAsk,
  type PermissionPage,
  type PermissionPageAsked,
  type PermissionQuestion,
  type Permissions,
  type Said,
} from '../permission-port.ts'
import type { RedisClient } from './connect.ts'
import { scanPage } from './scan-page.ts'
import { lost } from './scripts.ts'

/** No tenant has such an id. */
const everybody = 'everybody:'

/**
 * Permissions on a Redis server, a tenant's under its hash tag. Fields are only ever added where there
 * is none, so that nothing is overwritten without any script; what was revoked stands beside the consent.
 */
export class RedisPermissions implements Permissions {
  readonly #client: RedisClient

  constructor(client: RedisClient) {
    this.#client = client
  }

  /** Whether what everybody has said stands on another node than what a tenant was told. */
  get isSpread(): boolean {
    return this.#client.isCluster
  }

  async findOptOut({ tenantId, e164, callClass }: PermissionQuestion): Promise<OptOut | undefined> {
    return this.#optOutIn([tenantId, undefined], fieldsFor({ e164, callClass }))
  }

  /** An opt-out from everybody that such a call falls under. */
  findOptOutOfEverybody(question: PermissionQuestion): Promise<OptOut | undefined> {
    return this.#optOutIn([undefined], fieldsFor(question))
  }

  async optOutsOf(tenantId: TenantId | undefined, e164: string): Promise<readonly OptOut[]> {
    const owners = tenantId === undefined ? [undefined] : [tenantId, undefined]
    return this.#optOutsIn(
      owners,
      optOutScopes.map((scope) => fieldOf(e164, scope)),
    )
  }

  async #optOutIn(
    owners: readonly (TenantId | undefined)[],
    fields: readonly string[],
  ): Promise<OptOut | undefined> {
    return fields.length === 0 ? undefined : (await this.#optOutsIn(owners, fields))[0]
  }

  async #optOutsIn(
    owners: readonly (TenantId | undefined)[],
    fields: readonly string[],
  ): Promise<readonly OptOut[]> {
    const found = await answered(
      Promise.all(owners.map((id) => this.#client.hmget(optOutsOf(id), ...fields))),
    )
    return found.flat().flatMap((text) => optOutFrom(text) ?? [])
  }

  async findConsent(question: PermissionQuestion): Promise<Consent | undefined> {
    const { tenantId, e164, callClass, nowMs } = question
    const consents = await this.consentsOf(tenantId, e164)
    return consents.find(
      ({ purpose, givenAtMs, expiresAtMs = Number.POSITIVE_INFINITY, revokedAtMs }) =>
        purpose === callClass &&
        givenAtMs <= nowMs &&
        expiresAtMs > nowMs &&
        revokedAtMs === undefined,
    )
  }

  async listOptOuts(
    tenantId: TenantId | undefined,
    page: PermissionPageAsked,
  ): Promise<PermissionPage<OptOut>> {
    const { items, next } = await answered(scanPage(this.#client, optOutsOf(tenantId), page))
    return { items: items.map(({ value }) => JSON.parse(value) as OptOut), next }
  }

  async addOptOuts(optOuts: readonly OptOut[]): Promise<readonly OptOut[]> {
    // Sent together, on one connection.
    const added = await Promise.all(optOuts.map((optOut) => this.#addOptOut(optOut)))
    return optOuts.filter((_, nth) => added[nth])
  }

  async #addOptOut(optOut: OptOut): Promise<boolean> {
    const { tenantId, e164, scope } = optOut
    const text = JSON.stringify(optOut)
    const field = fieldOf(e164, scope)
    return (await answered(this.#client.hsetnx(optOutsOf(tenantId), field, text))) > 0
  }

  async withdrawOptOut(optOut: Parameters<Permissions['withdrawOptOut']>[0]): Promise<boolean> {
    const { tenantId, e164, scope } = optOut
    return (await answered(this.#client.hdel(optOutsOf(tenantId), fieldOf(e164, scope)))) > 0
  }

  async addConsents(consents: readonly Consent[]): Promise<readonly Consent[]> {
    // Sent together, on one connection; no consent depends on another.
    const added = await Promise.all(consents.map((consent) => this.#add(consent)))
    return consents.filter((_, nth) => added[nth])
  }

  async #add(consent: Consent): Promise<boolean> {
    const { id, tenantId, e164, revokedAtMs } = consent
    // The index first: an entry of it that leads nowhere, or to another number, is passed over.
    await answered(this.#client.zadd(indexOf(tenantId, e164), 'NX', consent.givenAtMs, id))
    const text = JSON.stringify({ ...consent, revokedAtMs: undefined })
    const added = (await answered(this.#client.hsetnx(consentsIn(tenantId), id, text))) > 0
    if (added && revokedAtMs !== undefined) await this.revokeConsent(tenantId, id, revokedAtMs)
    return added
  }

  async revokeConsent(tenantId: TenantId, id: string, atMs: number): Promise<boolean> {
    const there = await answered(this.#client.hexists(consentsIn(tenantId), id))
    if (there > 0) await answered(this.#client.hsetnx(revokedIn(tenantId), id, Math.floor(atMs)))
    return there > 0
  }

  async listConsents(
    tenantId: TenantId,
    page: PermissionPageAsked,
  ): Promise<PermissionPage<Consent>> {
    const { items, next } = await answered(scanPage(this.#client, consentsIn(tenantId), page))
    if (items.length === 0) return { items: [], next }
    const ids = items.map(({ field }) => field)
    const revoked = await answered(this.#client.hmget(revokedIn(tenantId), ...ids))
    return { items: items.map(({ value }, at) => consentFrom(value, revoked[at])), next }
  }

  async consentsOf(tenantId: TenantId, e164: string): Promise<readonly Consent[]> {
    const index = indexOf(tenantId, e164)
    const ids = await answered(this.#client.zrevrange(index, 0, consentsMax - 1))
    if (ids.length === 0) return []
    const [texts, revoked] = await answered(
      Promise.all([
        this.#client.hmget(consentsIn(tenantId), ...ids),
        this.#client.hmget(revokedIn(tenantId), ...ids),
      ]),
    )
    return texts
      .flatMap((text, at) => (text === null ? [] : [consentFrom(text, revoked[at])]))
      .filter((consent) => consent.e164 === e164)
      .sort((a, b) => b.givenAtMs - a.givenAtMs)
  }
}

/** Keys of what callees have said, and what is looked for there. */
export interface Places {
  readonly keys: readonly string[]
  readonly sought: object
}

/** Where the script that takes finds what the callee has said, and what it looks for. */
export function placesOf(ask: PermissionAsk, isSpread: boolean): Places {
  const { tenantId, e164, callClass, nowMs, wantsConsent } = ask
  const ofTenant = [indexOf(tenantId, e164), consentsIn(tenantId), revokedIn(tenantId)]
  return {
    keys: [...ofTenant, optOutsOf(tenantId), ...(isSpread ? [] : [optOutsOf(undefined)])],
    sought: {
      fields: fieldsFor(ask),
      ...(wantsConsent && { e164, purpose: callClass, nowMs, most: consentsMax }),
    },
  }
}

/** What the script has found; each is empty where there is none. */
export function saidFrom(optOut: string | undefined, consent: string | undefined): Said {
  return {
    optOut: optOutFrom(optOut),
    consent: consent ? consentFrom(consent, undefined) : undefined,
  }
}

function optOutFrom(text: string | null | undefined): OptOut | undefined {
  return text ? (JSON.parse(text) as OptOut) : undefined
}

/** The fields of opt-outs that bar such a call. */
function fieldsFor({ e164, callClass }: Pick<PermissionQuestion, 'e164' | 'callClass'>): string[] {
  const scopes = optOutScopes.filter((scope) => isFrom({ scope }, callClass))
  return scopes.map((scope) => fieldOf(e164, scope))
}

function tagOf(tenantId: TenantId | undefined): string {
  return `tollgate:{${tenantId ?? everybody}}:`
}

const optOutsOf = (tenantId: TenantId | undefined) => `${tagOf(tenantId)}opt-outs`
const consentsIn = (tenantId: TenantId) => `${tagOf(tenantId)}consents`
const revokedIn = (tenantId: TenantId) => `${tagOf(tenantId)}revoked-consents`
const indexOf = (tenantId: TenantId, e164: string) => `${tagOf(tenantId)}consents-by-time:${e164}`

function fieldOf(e164: string, scope: string): string {
  return `${e164} ${scope}`
}

function consentFrom(text: string, revokedAt: string | null | undefined): Consent {
  const consent = JSON.parse(text) as Consent
  if (!isCallClass(consent.purpose)) {
    throw new Failure('store_unavailable', 'a consent has no purpose')
  }
  const { expiresAtMs } = consent
  return { ...consent, expiresAtMs, revokedAtMs: revokedAt ? Number(revokedAt) : undefined }
}

async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (cause) {
    if (cause instanceof RangeError) throw cause
    throw lost(cause)
  }
}
