import { expect, test } from 'vitest'
import { ownsNumber } from '../../src/admission/owned-numbers.ts'
import type { Tenant } from '../../src/domain/tenant.ts'

const tenant = {
  numbers: ['+12025550123'],
  ranges: [{ from: '+14155550100', to: '+14155550199' }],
} as unknown as Tenant

test.each(['+12025550123', '+14155550100', '+14155550150', '+14155550199'])('%s is owned', (n) => {
  expect(ownsNumber(tenant, n)).toBe(true)
})

test.each(['+12025550124', '+14155550099', '+14155550200', '+141555501500', '+1415555015', ''])(
  '%s is not owned',
  (n) => {
    expect(ownsNumber(tenant, n)).toBe(false)
  },
)

test('a range whose ends differ in length holds nothing', () => {
  const ranges = [{ from: '+1415', to: '+14155550199' }]
  expect(ownsNumber({ ...tenant, numbers: [], ranges }, '+14155550150')).toBe(false)
})
