import { expect, test } from 'vitest'
import { rightTo } from '../../src/admission/owned-numbers.ts'
import type { Tenant } from '../../src/domain/tenant.ts'

const tenant = {
  numbers: ['+12025550123'],
  numberRights: { '+12025550123': 'order 7' },
  ranges: [{ from: '+14155550100', to: '+14155550199', right: 'letter of 2 March' }],
} as unknown as Tenant

test.each(['+12025550123', '+14155550100', '+14155550150', '+14155550199'])('%s is owned', (n) => {
  expect(rightTo(tenant, n)).toEqual({
    right: n.startsWith('+1202') ? 'order 7' : 'letter of 2 March',
  })
})

test.each(['+12025550124', '+14155550099', '+14155550200', '+141555501500', '+1415555015', ''])(
  '%s is not owned',
  (n) => {
    expect(rightTo(tenant, n)).toBeUndefined()
  },
)

test('a range whose ends differ in length holds nothing', () => {
  const ranges = [{ from: '+1415', to: '+14155550199' }]
  expect(rightTo({ ...tenant, numbers: [], ranges }, '+14155550150')).toBeUndefined()
})

test('a right of which nothing is told is one all the same', () => {
  expect(rightTo({ ...tenant, numberRights: undefined }, '+12025550123')).toEqual({})
})
