import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/audit/verify.ts'
import { callIds, temporaryDirectory, writeLog } from './support.ts'

const child = join(import.meta.dirname, 'append-until-killed.ts')

/** Runs the child until it has told us of `enough` events, kills it, and gives all it told. */
async function appendAndKill(dir: string, from: number, enough: number): Promise<string[]> {
  const writer = spawn(process.execPath, [child, dir, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let told = ''
  let lines = 0
  writer.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString()
    for (const byte of chunk) if (byte === 10) lines++
    if (lines >= enough) writer.kill('SIGKILL')
  })
  const [, signal] = await once(writer, 'close')
  expect(signal).toBe('SIGKILL')
  return told.split('\n').slice(0, -1)
}

test('whatever was acknowledged is there after kill -9, and the log verifies', async () => {
  using dir = temporaryDirectory()
  const acknowledged = new Set<string>()
  // Different amounts, so that death falls into writes, checkpoints and the change of bundle.
  for (const [round, enough] of [1, 37, 5, 90, 2, 64, 150, 11].entries()) {
    for (const name of await appendAndKill(dir.path, round * 1_000_000, enough)) {
      acknowledged.add(name)
    }
    expect((await verifyLog(dir.path)).fault).toBeUndefined()
    const kept = new Set(await callIds(dir.path))
    expect([...acknowledged].filter((name) => !kept.has(name))).toEqual([])
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(360)
  await writeLog(dir.path, ['afterwards'])
  expect((await callIds(dir.path)).at(-1)).toBe('afterwards')
})
