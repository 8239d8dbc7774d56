import { describe, expect, test } from 'vitest'
import { Lab, publicAddress } from './lab.ts'
import { otherHalf, tamperings } from './tampered.ts'

describe('a false Identity field', () => {
  test('there are a hundred ways at least to make one', () => {
    expect(tamperings.length).toBeGreaterThanOrEqual(100)
  })

  test.each(tamperings)('$name is found out', async ({ fault, pieces, value, call }) => {
    const lab = await Lab.open()
    const right = lab.identity(pieces?.(lab))
    const found = await lab.verify(value?.(right) ?? right, call?.(lab))
    expect(found.verstat).toBe('TN-Validation-Failed')
    expect(found.failure?.fault).toBe(fault)
    expect(found.attestation).toBeUndefined()
    expect(found.certificate).toBeUndefined()
    for (const { address } of lab.connections) expect(address).toBe(publicAddress)
    // What is false by itself leads to no connection at all.
    const fetches = ['signature_invalid', 'fetch_failed'].includes(fault)
    if (!fetches) expect(lab.connections).toEqual([])
  })

  test('the other half of a signature is no second PASSporT', async () => {
    const lab = await Lab.open()
    const right = lab.identity()
    const end = right.indexOf(';')
    const other = otherHalf(right.slice(0, end)) + right.slice(end)
    expect(other).not.toBe(right)
    expect((await lab.verify(right)).verstat).toBe('TN-Validation-Passed')
    expect((await lab.verify(other)).failure?.fault).toBe('replayed')
  })
})
