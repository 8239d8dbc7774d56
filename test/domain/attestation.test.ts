import { expect, test } from 'vitest'
import { attestationFor } from '../../src/domain/attestation.ts'

test('a caller number that is the tenant’s is attested fully, any other partially', () => {
  expect(attestationFor(true)).toBe('A')
  expect(attestationFor(false)).toBe('B')
})
