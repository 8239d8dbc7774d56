import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NumberRange, Tenant, TenantId } from '../../src/domain/tenant.ts'
import type { Trunk } from '../../src/domain/trunk.ts'
import { ownersOf } from '../../src/store/number-owners.ts'
import { trunkFor } from '../../src/store/trunk-choice.ts'

function tenant(id: string, numbers: string[], ranges: NumberRange[] = []): Tenant {
  return { id, numbers, ranges } as unknown as Tenant
}

function trunk(id: string, tenantId: string, numbers: string[]): Trunk {
  return { id, tenantId, numbers } as unknown as Trunk
}

test("a number is its tenant's, by itself or in a range, and else nobody's", () => {
  const ownerOf = ownersOf([
    tenant('a', ['+12025550123'], [{ from: '+14155550100', to: '+14155550199' }]),
    tenant('b', [], [{ from: '+14155550200', to: '+14155550299' }]),
  ])
  expect(['+12025550123', '+14155550100', '+14155550199'].map(ownerOf)).toEqual(['a', 'a', 'a'])
  expect(['+14155550200', '+14155550299'].map(ownerOf)).toEqual(['b', 'b'])
  const nobodys = ['+12025550124', '+14155550099', '+14155550300', '+1415555010', '+141555501000']
  expect(nobodys.map(ownerOf)).toEqual(nobodys.map(() => undefined))
})

test('as who looks at every tenant would find', () => {
  const starts = fc.uniqueArray(fc.nat(9), { maxLength: 10 })
  fc.assert(
    fc.property(starts, fc.nat(999), (tens, number) => {
      const e164 = `+1415555${String(number).padStart(3, '0')}`
      const tenants = tens.map((ten) =>
        tenant(`t${ten}`, [], [{ from: `+1415555${ten}20`, to: `+1415555${ten}79` }]),
      )
      const slow = tenants.find(({ ranges: [range] }) => {
        return range && range.from <= e164 && e164 <= range.to
      })
      expect(ownersOf(tenants)(e164)).toBe(slow?.id)
    }),
  )
})

test("the longest beginning decides, then the trunk that takes the rest, and never another tenant's", () => {
  const trunks = [
    trunk('rest', 'a', []),
    trunk('west', 'a', ['+1415', '+1628']),
    trunk('desk', 'a', ['+14155550100']),
    trunk('theirs', 'b', ['+14155550100']),
  ]
  const of = (number: string) => trunkFor(trunks, 'a' as TenantId, number)?.id
  expect([of('+14155550100'), of('+14155550101'), of('+16285550100')]).toEqual([
    ...['desk', 'west', 'west'],
  ])
  expect(of('+12025550123')).toBe('rest')
  expect(trunkFor(trunks, 'b' as TenantId, '+12025550123')).toBeUndefined()
})
