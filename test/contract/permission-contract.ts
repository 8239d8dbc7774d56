import { expect, test } from 'vitest'
import type { Consent, OptOut } from '../../src/domain/permission.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import type {
  PermissionPage,
  PermissionPageAsked,
  Permissions,
} from '../../src/store/permission-port.ts'

/** Two gates' permissions over one store, and how to start the first one anew. */
export interface PermissionHouse extends AsyncDisposable {
  readonly one: Permissions
  readonly other: Permissions
  restart(): Promise<Permissions>
}

const acme = 'acme' as TenantId
const other = 'other' as TenantId
const e164 = '+12025550123'

const optOut: OptOut = { tenantId: acme, e164, scope: 'all', atMs: 1_000, source: 'sms stop' }
const consent: Consent = {
  id: 'form-1',
  tenantId: acme,
  e164,
  purpose: 'marketing',
  how: 'web form',
  givenAtMs: 1_000,
  evidence: 'https://evidence.example/1',
  expiresAtMs: 9_000,
  revokedAtMs: undefined,
}
const question = { tenantId: acme, e164, callClass: 'marketing', nowMs: 5_000 } as const

async function everyPage<Item>(
  list: (page: PermissionPageAsked) => Promise<PermissionPage<Item>>,
): Promise<Item[]> {
  const all: Item[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await list({ limit: 90, cursor })
    expect(items.length).toBeLessThanOrEqual(90)
    all.push(...items)
    cursor = next
  } while (cursor !== undefined)
  return all
}

/** What every adapter of the permissions promises. */
export function permissionContract(name: string, open: () => Promise<PermissionHouse>): void {
  test(`${name}: nothing is on record of somebody unknown`, async () => {
    await using house = await open()
    expect(await house.one.findOptOut(question)).toBeUndefined()
    expect(await house.one.findConsent(question)).toBeUndefined()
    expect(await house.one.consentsOf(acme, e164)).toEqual([])
    expect(await house.one.withdrawOptOut(optOut)).toBe(false)
    expect(await house.one.revokeConsent(acme, 'form-1', 1)).toBe(false)
  })

  test(`${name}: an opt-out is found by the next question, on every gate`, async () => {
    await using house = await open()
    await house.one.addOptOuts([optOut])
    expect(await house.one.findOptOut(question)).toEqual(optOut)
    expect(await house.other.findOptOut(question)).toEqual(optOut)
    expect(await house.one.findOptOut({ ...question, tenantId: other })).toBeUndefined()
    expect(await house.one.findOptOut({ ...question, e164: '+12025550124' })).toBeUndefined()
  })

  test(`${name}: all of a tenant are listed by pages, and nothing of another`, async () => {
    await using house = await open()
    const numbers = Array.from({ length: 700 }, (_, at) => `+1202555${String(at).padStart(4, '0')}`)
    const consents = numbers.map((number, at) => ({ ...consent, id: `c${at}`, e164: number }))
    for (const number of numbers) await house.one.addOptOuts([{ ...optOut, e164: number }])
    await house.one.addOptOuts([{ ...optOut, tenantId: other }])
    await house.one.addOptOuts([{ ...optOut, tenantId: undefined, scope: 'marketing' }])
    await house.one.addConsents(consents)
    await house.one.revokeConsent(acme, 'c7', 2_000)
    const optOuts = await everyPage((page) => house.other.listOptOuts(acme, page))
    expect(optOuts.map((each) => each.e164).sort()).toEqual(numbers)
    expect(optOuts[0]).toEqual({ ...optOut, e164: optOuts[0]?.e164 })
    const listed = await everyPage((page) => house.other.listConsents(acme, page))
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(consents.map(({ id }) => id)))
    expect(listed.find(({ id }) => id === 'c7')).toEqual({ ...consents[7], revokedAtMs: 2_000 })
    expect(listed).toHaveLength(700)
    const everybodys = await everyPage((page) => house.one.listOptOuts(undefined, page))
    expect(everybodys.map(({ scope }) => scope)).toEqual(['marketing'])
    expect(await everyPage((page) => house.one.listConsents(other, page))).toEqual([])
  })

  test(`${name}: an opt-out from everybody bars every tenant`, async () => {
    await using house = await open()
    const everybody = { ...optOut, tenantId: undefined }
    await house.one.addOptOuts([everybody])
    expect(await house.one.findOptOut({ ...question, tenantId: other })).toEqual(everybody)
    expect(await house.one.withdrawOptOut(optOut)).toBe(false)
    expect(await house.one.withdrawOptOut(everybody)).toBe(true)
    expect(await house.one.findOptOut(question)).toBeUndefined()
  })

  test(`${name}: of a number its own opt-outs and everybody's are told, and nobody else's`, async () => {
    await using house = await open()
    const own = { ...optOut, scope: 'marketing' } as const
    const everybodys = { ...optOut, tenantId: undefined }
    const foreign = { ...optOut, tenantId: other }
    for (const each of [foreign, everybodys, own]) await house.one.addOptOuts([each])
    expect(await house.other.optOutsOf(acme, e164)).toEqual([own, everybodys])
    expect(await house.other.optOutsOf(undefined, e164)).toEqual([everybodys])
    expect(await house.other.optOutsOf(acme, '+12025550124')).toEqual([])
  })

  test(`${name}: an opt-out bars what it is from, and never a call back from an emergency`, async () => {
    await using house = await open()
    await house.one.addOptOuts([{ ...optOut, scope: 'marketing' }])
    const found = async (callClass: 'marketing' | 'transactional' | 'emergency-callback') =>
      (await house.one.findOptOut({ ...question, callClass }))?.scope
    expect(await found('marketing')).toBe('marketing')
    expect(await found('transactional')).toBeUndefined()
    await house.one.addOptOuts([optOut])
    expect(await found('transactional')).toBe('all')
    expect(await found('emergency-callback')).toBeUndefined()
    await house.one.withdrawOptOut({ ...optOut, scope: 'marketing' })
    expect(await found('marketing')).toBe('all')
  })

  test(`${name}: an opt-out that is repeated keeps its first moment`, async () => {
    await using house = await open()
    await house.one.addOptOuts([optOut])
    const again = { ...optOut, atMs: 2_000, source: 'again' }
    const fresh = { ...optOut, e164: '+14155550199' }
    expect(await house.one.addOptOuts([again, fresh])).toEqual([fresh])
    expect(await house.one.findOptOut(question)).toEqual(optOut)
  })

  test(`${name}: a consent holds for its tenant, number and purpose, from its beginning to its end`, async () => {
    await using house = await open()
    expect(await house.one.addConsents([consent])).toEqual([consent])
    const found = async (changed: object) =>
      (await house.other.findConsent({ ...question, ...changed }))?.id
    expect(await house.one.findConsent(question)).toEqual(consent)
    expect(await found({})).toBe('form-1')
    expect(await found({ nowMs: 999 })).toBeUndefined()
    expect(await found({ nowMs: 1_000 })).toBe('form-1')
    expect(await found({ nowMs: 8_999 })).toBe('form-1')
    expect(await found({ nowMs: 9_000 })).toBeUndefined()
    expect(await found({ tenantId: other })).toBeUndefined()
    expect(await found({ e164: '+12025550124' })).toBeUndefined()
    expect(await found({ callClass: 'transactional' })).toBeUndefined()
  })

  test(`${name}: a consent that is revoked holds no more, stays on record, and keeps its moment`, async () => {
    await using house = await open()
    await house.one.addConsents([consent])
    expect(await house.one.revokeConsent(other, 'form-1', 4_000)).toBe(false)
    expect(await house.one.revokeConsent(acme, 'form-1', 4_000)).toBe(true)
    expect(await house.other.findConsent(question)).toBeUndefined()
    expect(await house.one.revokeConsent(acme, 'form-1', 6_000)).toBe(true)
    expect(await house.one.consentsOf(acme, e164)).toEqual([{ ...consent, revokedAtMs: 4_000 }])
  })

  test(`${name}: of several consents the latest in force counts`, async () => {
    await using house = await open()
    await house.one.addConsents([consent])
    await house.one.addConsents([
      {
        ...consent,
        id: 'form-2',
        givenAtMs: 2_000,
        expiresAtMs: undefined,
      },
    ])
    await house.one.addConsents([
      { ...consent, id: 'form-3', givenAtMs: 3_000, expiresAtMs: 4_000 },
    ])
    expect((await house.one.findConsent(question))?.id).toBe('form-2')
    const ids = (await house.one.consentsOf(acme, e164)).map(({ id }) => id)
    expect(ids).toEqual(['form-3', 'form-2', 'form-1'])
  })

  test(`${name}: a consent is never overwritten, and each tenant names its own`, async () => {
    await using house = await open()
    await house.one.addConsents([consent])
    expect(await house.one.addConsents([{ ...consent, evidence: 'forged' }])).toEqual([])
    expect(await house.one.addConsents([{ ...consent, tenantId: other }])).toHaveLength(1)
    expect((await house.one.findConsent(question))?.evidence).toBe(consent.evidence)
  })

  test(`${name}: what was acknowledged is there after a restart`, async () => {
    await using house = await open()
    await house.one.addOptOuts([optOut])
    await house.one.addConsents([consent])
    const again = await house.restart()
    expect(await again.findOptOut(question)).toEqual(optOut)
    expect(await again.findConsent(question)).toEqual(consent)
  })
}
