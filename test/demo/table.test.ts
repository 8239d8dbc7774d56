import { expect, test } from 'vitest'
import { tableText } from '../../src/demo/table.ts'

test('columns stand side by side, as wide as their widest cell', () => {
  const rows = [
    ['key', 'to'],
    ['pbx', '+1'],
    ['partner', '+12'],
  ]
  expect(tableText(rows)).toBe('key      to\n-------  ---\npbx      +1\npartner  +12')
})
