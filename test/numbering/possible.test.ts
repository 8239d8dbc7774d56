import { getCountries, getExampleNumber } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { expect, test } from 'vitest'
import { createPossible } from '../../src/numbering/possible.ts'

const isPossible = createPossible()

test('a number of every country can be one', () => {
  for (const country of getCountries()) {
    const number = getExampleNumber(country, examples)?.number
    expect([number, number === undefined || isPossible(number.slice(1))]).toEqual([number, true])
  }
  for (const world of ['80012345678', '870773111632', '8821612345678', '979123456789']) {
    expect(isPossible(world)).toBe(true)
  }
})

test.each(['4155552671', '2125550100', '7185550100', '1415555267', '21555501000', '999123456', ''])(
  '%s lacks its country code, or has none that there is',
  (digits) => {
    expect(isPossible(digits)).toBe(false)
  },
)
