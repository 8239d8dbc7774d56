import { expect, test } from 'vitest'
import {
  type Attested,
  attestationReasonOf,
  attestationReasons,
} from '../../src/domain/attestation.ts'

const own: Attested = { owned: true, replaced: false, diverted: false, traffic: 'customer' }

test.each([
  [own, 'A', 'number_owned'],
  [{ ...own, replaced: true }, 'A', 'number_replaced'],
  [{ ...own, owned: false }, 'B', 'number_foreign'],
  [{ ...own, traffic: 'gateway' }, 'C', 'gateway_traffic'],
  [{ ...own, owned: false, traffic: 'gateway' }, 'C', 'gateway_traffic'],
  [{ ...own, owned: false, diverted: true }, 'B', 'diverted'],
] as const)('%o is attested %s: %s', (attested, level, reason) => {
  expect(attestationReasonOf(attested)).toBe(reason)
  expect(attestationReasons[reason]).toBe(level)
})
