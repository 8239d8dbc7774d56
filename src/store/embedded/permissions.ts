import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { isCallClass } from '../../domain/call-class.ts'
import { type Consent, isFrom, type OptOut, optOutScopes } from '../../domain/permission.ts'
import type { TenantId } from '../../domain/tenant.ts'
import { inTransaction } from '../../kernel/database-file.ts'
import { Failure } from '../../kernel/failure.ts'
import {
  consentsMax,
  type PermissionPage,
  type PermissionPageAsked,
  type PermissionQuestion,
  type Permissions,
} from '../permission-port.ts'
import { openDatabase } from './database.ts'

const schemaVersion = 1
/** Stands for every tenant. */
const everybody = ''

// FULL: an opt-out that was acknowledged must not be undone by a power cut. Mapped memory: a question
// about one of a million numbers reads pages without a call of the system for each.
const setUp = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA mmap_size = 268435456;
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS opt_out (
    e164 TEXT NOT NULL,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (e164, tenant, scope)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS opt_out_of ON opt_out (tenant, e164, scope);
  CREATE TABLE IF NOT EXISTS consent (
    id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    e164 TEXT NOT NULL,
    purpose TEXT NOT NULL,
    how TEXT NOT NULL,
    given_at_ms INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    PRIMARY KEY (tenant, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS consent_of ON consent (e164, tenant, purpose, given_at_ms);
  PRAGMA user_version = ${schemaVersion};
  COMMIT;
`

/** The file beside the counters that other processes, such as the command line, may write too. */
export function permissionFileOf(storePath: string): string {
  return storePath === ':memory:' ? storePath : `${storePath}.permissions`
}

/** Permissions in a SQLite file. Nothing is kept in memory, so what any process writes acts at once. */
export class EmbeddedPermissions implements Permissions, Disposable {
  readonly #database: DatabaseSync
  readonly #statements: ReturnType<typeof prepare>

  /** Opens or creates the file; throws `store_unavailable` when it cannot be used. */
  constructor(path: string) {
    this.#database = openDatabase(path, { version: schemaVersion, setUp })
    this.#statements = prepare(this.#database)
  }

  async findOptOut(question: PermissionQuestion): Promise<OptOut | undefined> {
    // A few rows at most; picking here costs less than having the database look for each.
    const rows = this.#statements.optOuts.all(question.e164)
    return rows.map(optOutFrom).find((optOut) => bars(optOut, question))
  }

  async findConsent(question: PermissionQuestion): Promise<Consent | undefined> {
    const { tenantId, e164, callClass, nowMs } = question
    const now = Math.floor(nowMs)
    const row = this.#statements.consent.get(e164, tenantId, callClass, now, now)
    return row && consentFrom(row)
  }

  async listOptOuts(
    tenantId: TenantId | undefined,
    { limit, cursor }: PermissionPageAsked,
  ): Promise<PermissionPage<OptOut>> {
    const [e164 = '', scope = ''] = cursor?.split(' ') ?? []
    const { listOptOuts } = this.#statements
    const rows = listOptOuts.all(tenantId ?? everybody, e164, scope, limit + 1)
    return pageFrom(rows.map(optOutFrom), limit, (last) => `${last.e164} ${last.scope}`)
  }

  async optOutsOf(tenantId: TenantId | undefined, e164: string): Promise<readonly OptOut[]> {
    const optOuts = this.#statements.optOuts.all(e164).map(optOutFrom)
    const of = (owner: TenantId | undefined) => optOuts.filter((one) => one.tenantId === owner)
    return [...(tenantId === undefined ? [] : of(tenantId)), ...of(undefined)]
  }

  async addOptOuts(optOuts: readonly OptOut[]): Promise<readonly OptOut[]> {
    const { addOptOut } = this.#statements
    // One step is one wait for the disk, and the gate's calls wait with it.
    return inTransaction(this.#database, () =>
      optOuts.filter(({ tenantId, e164, scope, atMs, source }) => {
        const of = [e164, tenantId ?? everybody, scope] as const
        return addOptOut.run(...of, Math.floor(atMs), source).changes > 0
      }),
    )
  }

  async withdrawOptOut(optOut: Parameters<Permissions['withdrawOptOut']>[0]): Promise<boolean> {
    const { tenantId, e164, scope } = optOut
    const { withdrawOptOut } = this.#statements
    return withdrawOptOut.run(e164, tenantId ?? everybody, scope).changes > 0
  }

  async addConsents(consents: readonly Consent[]): Promise<readonly Consent[]> {
    return inTransaction(this.#database, () => consents.filter((consent) => this.#add(consent)))
  }

  async revokeConsent(tenantId: TenantId, id: string, atMs: number): Promise<boolean> {
    return this.#statements.revokeConsent.run(Math.floor(atMs), tenantId, id).changes > 0
  }

  async consentsOf(tenantId: TenantId, e164: string): Promise<readonly Consent[]> {
    return this.#statements.consentsOf.all(e164, tenantId).map(consentFrom)
  }

  async listConsents(
    tenantId: TenantId,
    { limit, cursor = '' }: PermissionPageAsked,
  ): Promise<PermissionPage<Consent>> {
    const rows = this.#statements.listConsents.all(tenantId, cursor, limit + 1)
    return pageFrom(rows.map(consentFrom), limit, ({ id }) => id)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #add(consent: Consent): boolean {
    const { id, tenantId, e164, purpose, how, givenAtMs, evidence } = consent
    const times = [consent.expiresAtMs, consent.revokedAtMs].map(wholeOrNull)
    const [expiresAt = null, revokedAt = null] = times
    const given = [id, tenantId, e164, purpose, how, Math.floor(givenAtMs), evidence] as const
    return this.#statements.addConsent.run(...given, expiresAt, revokedAt).changes > 0
  }
}

/** One row more was asked for than a page has: it tells whether there is another page. */
function pageFrom<Item>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (last: Item) => string,
): PermissionPage<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: last && rows.length > limit ? cursorOf(last) : undefined }
}

function bars(optOut: OptOut, { tenantId, callClass }: PermissionQuestion): boolean {
  const isOthers = optOut.tenantId !== undefined && optOut.tenantId !== tenantId
  return !isOthers && isFrom(optOut, callClass)
}

function prepare(database: DatabaseSync) {
  return {
    optOuts: database.prepare('SELECT * FROM opt_out WHERE e164 = ?'),
    listOptOuts: database.prepare(`
      SELECT * FROM opt_out WHERE tenant = ? AND (e164, scope) > (?, ?)
      ORDER BY e164, scope LIMIT ?`),
    listConsents: database.prepare(
      'SELECT * FROM consent WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?',
    ),
    consent: database.prepare(`
      SELECT * FROM consent
      WHERE e164 = ? AND tenant = ? AND purpose = ? AND given_at_ms <= ?
        AND (expires_at_ms IS NULL OR expires_at_ms > ?) AND revoked_at_ms IS NULL
      ORDER BY given_at_ms DESC LIMIT 1`),
    addOptOut: database.prepare(
      'INSERT INTO opt_out VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    withdrawOptOut: database.prepare(
      'DELETE FROM opt_out WHERE e164 = ? AND tenant = ? AND scope = ?',
    ),
    addConsent: database.prepare(
      'INSERT INTO consent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    revokeConsent: database.prepare(`
      UPDATE consent SET revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE tenant = ? AND id = ?`),
    consentsOf: database.prepare(`
      SELECT * FROM consent WHERE e164 = ? AND tenant = ?
      ORDER BY given_at_ms DESC LIMIT ${consentsMax}`),
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>

function optOutFrom({ tenant, e164, scope, at_ms: atMs, source }: Row): OptOut {
  return {
    tenantId: tenant === everybody ? undefined : (String(tenant) as TenantId),
    e164: String(e164),
    scope: optOutScopes.find((each) => each === scope) ?? 'all',
    atMs: Number(atMs),
    source: String(source),
  }
}

function consentFrom(row: Row): Consent {
  const purpose = String(row.purpose)
  if (!isCallClass(purpose)) throw new Failure('store_unavailable', 'a consent has no purpose')
  return {
    id: String(row.id),
    tenantId: String(row.tenant) as TenantId,
    e164: String(row.e164),
    purpose,
    how: String(row.how),
    givenAtMs: Number(row.given_at_ms),
    evidence: String(row.evidence),
    expiresAtMs: numberOrUndefined(row.expires_at_ms),
    revokedAtMs: numberOrUndefined(row.revoked_at_ms),
  }
}

function numberOrUndefined(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function wholeOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.floor(value)
}
