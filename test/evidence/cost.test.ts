import { expect, test } from 'vitest'
import { checkEvidence } from '../../src/evidence/check.ts'
import { encodeEvidence, evidenceBytesMax } from '../../src/evidence/format.ts'
import { renderPage } from '../../src/evidence/page.ts'
import { boxAt, evidenceOf, leafWith } from './crafted.ts'

const box = boxAt('caller')
const sealed = `"caller":{"sealed":"${box.sealed}"},`

/** Two events with so many members, and so many keys for one value of each. */
function pageWith(members: number, keys: number): Buffer {
  const names = Array.from({ length: members }, (_, at) => `"d${1000 + at}":1,`).join('')
  const leaves = [0, 1].map((nth) => leafWith(`${sealed}"cx":${nth},${names}`))
  return Buffer.from(renderPage(evidenceOf(leaves, Array(keys).fill(box))))
}

/** What a check costs, in microseconds of CPU. */
function costOf(bytes: Buffer): number {
  checkEvidence(bytes)
  const before = process.cpuUsage()
  expect(checkEvidence(bytes)).toHaveProperty('contents')
  const { user, system } = process.cpuUsage(before)
  return user + system
}

test('many keys for an event of many members cost no more than the keys and the members', () => {
  const apart = costOf(pageWith(6_000, 1)) + costOf(pageWith(1, 1_000))
  expect(costOf(pageWith(6_000, 1_000)) / apart).toBeLessThan(10)
})

test('a page that would be longer than any text is compared no further than it agrees', () => {
  const long = '&'.repeat(30_000)
  const names = Array.from({ length: 4_200 }, (_, at) => `"${(1_296 + at).toString(36)}":1`)
  for (const members of [
    `"n":{"${long}":{${names.toSorted().join(',')}}},`,
    `"trace":[{"check":"consent","figures":{"${long}":{${names.toSorted().join(',')}}}}],`,
  ]) {
    const leaf = leafWith(members)
    const other = renderPage(evidenceOf([leafWith('')]))
    const [before] = other.split('{"callId"')
    const after = other.slice(other.lastIndexOf('</script>'))
    const json = encodeEvidence(evidenceOf([leaf])).replaceAll('<', '\\u003c')
    const page = Buffer.from(`${before}${json}${after}`)
    expect(page.length).toBeLessThan(evidenceBytesMax)
    expect(checkEvidence(page)).toEqual({ fault: 'page_differs' })
    expect(checkEvidence(Buffer.from(`${encodeEvidence(evidenceOf([leaf]))}\n`))).toHaveProperty(
      'contents',
    )
  }
})
