import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configurationPage, settingLines } from '../../src/config/page.ts'
import { eachSetting } from '../../src/config/settings.ts'
import { generatedPages } from '../../src/docs/pages.ts'

test.each(Object.entries(await generatedPages()))(
  '%s is what `npm run docs` would write',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text)
  },
)

test('the list of settings and the page name every setting in both its forms', () => {
  for (const text of [settingLines().join('\n'), configurationPage()]) {
    for (const [path, row] of eachSetting()) {
      expect(text).toContain(path)
      expect(text).toContain(row.env)
    }
  }
})

test('a setting that is one of a few words names them all', () => {
  const line = configurationPage()
    .split('\n')
    .find((row) => row.includes('`verification.revocation`'))
  expect(line).toContain('One of `off`, `listed`, `required`.')
})
