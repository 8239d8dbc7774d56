import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'

/** The packages that a file loads at once, and all that it loads does: imports on demand left out. */
function packagesAtOnce(entry: string): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<string>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const text = readFileSync(path, 'utf8')
    const imports = /^(?:import|export) (?!type\b)[^'"`;]*?from '([^']+)'|^import '([^']+)'/gm
    for (const [, from, bare] of text.matchAll(imports)) {
      const name = from ?? bare ?? ''
      if (name.startsWith('.')) open.push(posix.join(posix.dirname(path), name))
      else if (!name.startsWith('node:')) found.add(name.replace(/^((?:@[^/]+\/)?[^/]+).*/, '$1'))
    }
  }
  return [...found].sort()
}

// What loads slowest is what a person waits for, each time.
test('the program loads its parser alone before it knows which command is meant', () => {
  expect(packagesAtOnce('src/cli/run.ts')).toEqual(['commander'])
})

test.each([
  ['src/cli/certs/show.ts', ['@peculiar/x509', 'asn1js', 'reflect-metadata']],
  ['src/cli/passport.ts', []],
  ['src/cli/audit/verify.ts', []],
  ['src/cli/audit/trace.ts', ['libphonenumber-js', 'yaml', 'zod']],
  ['src/cli/keys/look.ts', ['ioredis', 'pino', 'yaml', 'zod']],
])('%s loads no package that it does not need', (path, packages) => {
  expect(packagesAtOnce(path)).toEqual(packages)
})
