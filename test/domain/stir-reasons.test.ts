import { describe, expect, test } from 'vitest'
import { passportFaults, stirPhrases } from '../../src/domain/passport-faults.ts'
import { stirReasons } from '../../src/domain/stir-reasons.ts'

describe('what the side of the caller is told', () => {
  test('each field that does not hold is named by its compact form', () => {
    const told = stirReasons({
      verstat: 'TN-Validation-Failed',
      passports: [
        { ppt: 'shaken', outcome: 'invalid', fault: 'fetch_failed', ppi: '..abc' },
        { ppt: 'rcd', outcome: 'valid', ppi: '..def' },
        { ppt: undefined, outcome: 'invalid', fault: 'header_malformed' },
      ],
    })
    expect(told).toEqual([
      'STIR ;cause=436 ;text="Bad Identity Info" ;ppi="..abc"',
      'STIR ;cause=438 ;text="Invalid Identity Header"',
    ])
  })

  test('a call without any Identity field hears 428', () => {
    const failure = { status: 428, phrase: stirPhrases[428], fault: 'identity_missing' } as const
    const told = stirReasons({ verstat: 'No-TN-Validation', passports: [], failure })
    expect(told).toEqual(['STIR ;cause=428 ;text="Use Identity Header"'])
  })

  test('a verified caller hears nothing, and neither does one who is not verified at all', () => {
    const valid = { ppt: 'shaken', outcome: 'valid', ppi: '..abc' } as const
    expect(stirReasons({ verstat: 'TN-Validation-Passed', passports: [valid] })).toEqual([])
    const failure = { status: 428, phrase: stirPhrases[428], fault: 'not_verified' } as const
    expect(stirReasons({ verstat: 'No-TN-Validation', passports: [], failure })).toEqual([])
  })

  test('every fault is one of the five answers', () => {
    for (const { status } of Object.values(passportFaults)) expect(stirPhrases[status]).toBeTruthy()
  })
})
