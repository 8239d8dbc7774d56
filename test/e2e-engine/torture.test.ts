import { expect, test } from 'vitest'
import { heardOf, type TortureCase } from '../fuzz/torture-case.ts'
import { everyCase, titleOf } from '../fuzz/torture-cases.ts'
import { openTarget } from './target.ts'

const ofStandards = everyCase.filter((torture) => titleOf(torture).section !== '')

// A fresh engine for each: some of the messages share a branch, and would be each other's repetition.
test.each(everyCase)('over UDP: $name', async (torture) => {
  await using target = await openTarget()
  expect(await target.datagram(torture.bytes)).toBe(heardOf(torture))
})

test.each(ofStandards)('over TCP: $name', async (torture) => {
  await using target = await openTarget()
  expect(await target.stream(torture.bytes)).toBe(overStream(torture))
})

function overStream(torture: TortureCase) {
  return torture.stream ?? heardOf(torture)
}
