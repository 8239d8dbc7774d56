import { expect, test } from 'vitest'
import type { StateChanged } from '../../src/audit/event.ts'
import { keepConsents } from '../../src/audit/state-changed.ts'
import type { Consent } from '../../src/domain/permission.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { EmbeddedPermissions } from '../../src/store/embedded/permissions.ts'

const consent: Consent = {
  id: 'form-1',
  tenantId: 'acme' as TenantId,
  e164: '+12025550123',
  purpose: 'marketing',
  how: 'written',
  givenAtMs: 1_000,
  evidence: 'https://forms.example/1',
  expiresAtMs: undefined,
  revokedAtMs: undefined,
}

test('a consent whose id is taken, by another number too, changes nothing and is not on record', async () => {
  using book = new EmbeddedPermissions(':memory:')
  const events: StateChanged[] = []
  const record = async (event: StateChanged) => void events.push(event)
  const other = { ...consent, e164: '+12025550124' }
  const third = { ...consent, id: 'form-2' }
  expect(await keepConsents(book, [consent], record)).toBe(1)
  expect(await keepConsents(book, [consent], record)).toBe(0)
  expect(await keepConsents(book, [other, third, third], record)).toBe(1)
  expect(events.map(({ id, number }) => [id, number])).toEqual([
    ['form-1', consent.e164],
    ['form-2', consent.e164],
  ])
})
