import { expect, test } from 'vitest'
import type { KeyId } from '../../src/domain/key.ts'
import { origIdOf } from '../../src/domain/orig-id.ts'
import type { TenantId } from '../../src/domain/tenant.ts'

const acme = { id: 'acme' as TenantId }
const [trunk, other] = ['Ab3dEf6hIj9lMn0p', 'Zb3dEf6hIj9lMn0p'] as unknown as [KeyId, KeyId]

test('a trunk has one origid for ever, and no two trunks have the same', () => {
  // Written down: traceback goes by it, so that a release must not change it.
  expect(origIdOf(acme, trunk)).toBe('3e0f09d7-9b3e-86c5-9166-6912f2a04156')
  expect(origIdOf(acme, other)).not.toBe(origIdOf(acme, trunk))
  expect(origIdOf({ id: 'umbrella' as TenantId }, trunk)).not.toBe(origIdOf(acme, trunk))
})

test('it is a UUID of version 8', () => {
  expect(origIdOf(acme, trunk)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})

test("a tenant's own stands for all its trunks", () => {
  const origId = '123e4567-e89b-12d3-a456-426655440000'
  expect(origIdOf({ ...acme, origId }, trunk)).toBe(origId)
})
