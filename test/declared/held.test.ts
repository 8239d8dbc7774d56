import { expect, test } from 'vitest'
import { usableOf } from '../../src/declared/held.ts'

const standing = { enforcement: 'enforce', scopes: [] }

test.each([
  ['with another fault', { regions: ['US'], homeRegion: 'US', later: 1 }, ['US']],
  ['whose regions are none', { regions: ['Mars'], homeRegion: 'US', scopes: ['calls:make'] }, []],
])('a policy %s is held', (_what, terms, regions) => {
  const { changed, held } = usableOf(new Map([['policies/us', { id: 'us', ...terms }]]))
  expect(held).toMatchObject([{ list: 'policies', id: 'us' }])
  expect(changed.get('policies/us')).toEqual({ id: 'us', homeRegion: 'US', regions, ...standing })
})

test('a policy without a home is not held: no emergency number would be known by it', () => {
  const entry = { id: 'us', regions: ['US'], homeRegion: 'Mars' }
  const { changed, held } = usableOf(new Map([['policies/us', entry]]))
  expect([changed.get('policies/us'), held]).toEqual([entry, []])
})

test('what is edited now is left to whoever judges the edit', () => {
  const entry = { id: 'us', regions: ['US'], homeRegion: 'US', later: 1 }
  const { held } = usableOf(new Map([['policies/us', entry]]), new Set(['policies/us']))
  expect(held).toEqual([])
})
