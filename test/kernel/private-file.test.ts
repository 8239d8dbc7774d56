import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writePrivateFile } from '../../src/kernel/private-file.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tollgate-private-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

test('the file and the folders made for it are for their owner alone, and nothing stands beside it', async () => {
  const path = join(dir, 'a', 'b', 'key')
  await writePrivateFile(path, 'secret')
  await writePrivateFile(path, 'another')
  expect(readFileSync(path, 'utf8')).toBe('another')
  expect([modeOf(path), modeOf(join(dir, 'a')), modeOf(join(dir, 'a', 'b'))]).toEqual([
    0o600, 0o700, 0o700,
  ])
  expect(readdirSync(join(dir, 'a', 'b'))).toEqual(['key'])
})

test('what stands in the place of the unfinished file is neither followed nor kept', async () => {
  const path = join(dir, 'key')
  const elsewhere = join(dir, 'elsewhere')
  writeFileSync(elsewhere, 'untouched')
  symlinkSync(elsewhere, `${path}.new`)
  await writePrivateFile(path, 'secret')
  expect(readFileSync(elsewhere, 'utf8')).toBe('untouched')
  writeFileSync(`${path}.new`, 'left by a process that died')
  chmodSync(`${path}.new`, 0o644)
  await writePrivateFile(path, 'secret')
  expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['secret', 0o600])
})
