import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { encodePrivateKey } from '../../src/audit/note/key.ts'
import { keyFileOf, openLogKey } from '../../src/audit/storage/log-key.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { countedRandom } from '../support/counted-random.ts'
import { filesOf, temporaryDirectory, writeLog } from './support.ts'

const random = countedRandom()

test('a key is made once, readable by its owner alone, and not where the log may be published', async () => {
  using dir = temporaryDirectory()
  const made = await openLogKey(dir.path, {}, random)
  const again = await openLogKey(`${dir.path}/`, {}, random)
  expect(again.verifier.text).toBe(made.verifier.text)
  expect(made.verifier.name).toMatch(/^tollgate\/[0-9a-f]{32}$/)
  expect(statSync(keyFileOf(dir.path)).mode & 0o777).toBe(0o600)
  expect(filesOf(dir.path)).toEqual([])
})

test('the origin is what the setting says, and can never be another', async () => {
  using dir = temporaryDirectory()
  const origin = 'audit.example.com/gate1'
  expect((await openLogKey(dir.path, { origin }, random)).verifier.name).toBe(origin)
  await expect(openLogKey(dir.path, { origin: 'other' }, random)).rejects.toMatchObject({
    code: 'audit_unavailable',
    message: expect.stringContaining('not of other'),
  })
})

test('a key from the environment needs no file', async () => {
  using dir = temporaryDirectory()
  const key = new Secret(`${encodePrivateKey('log.example', Buffer.alloc(32, 5))}\n`)
  expect((await openLogKey(dir.path, { key }, random)).verifier.name).toBe('log.example')
  expect(existsSync(keyFileOf(dir.path))).toBe(false)
})

test('a key that cannot be read is no reason to make another, and is not told', async () => {
  using dir = temporaryDirectory()
  const secret = 'PRIVATE+KEY+log.example+00000000+c2VjcmV0'
  writeFileSync(keyFileOf(dir.path), secret)
  const refused = openLogKey(dir.path, {}, random)
  await expect(refused).rejects.toMatchObject({ code: 'audit_unavailable' })
  await expect(refused).rejects.not.toThrow('c2VjcmV0')
  expect(readFileSync(keyFileOf(dir.path), 'utf8')).toBe(secret)
})

test('the public key stands beside the checkpoint, the private one nowhere in the log', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  const [, , , , seed = ''] = readFileSync(keyFileOf(dir.path), 'utf8').trim().split('+')
  for (const name of filesOf(dir.path)) {
    expect(readFileSync(`${dir.path}/${name}`, 'utf8')).not.toContain(seed)
  }
})
