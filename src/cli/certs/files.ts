import { createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeNewFiles } from '../../kernel/new-files.ts'
import { UsageError } from '../command.ts'
import { pemBytesMax, textGiven } from '../line/read-given.ts'

/** Writes files that were not there, readable by their owner alone; all of them, or none. */
export function writeNew(files: Readonly<Record<string, string>>): void {
  const there = Object.keys(files).filter((path) => existsSync(path))
  if (there.length > 0) throw new UsageError(`${there.join(' and ')} is there already`)
  writeNewFiles(files)
}

/** A private key as PEM, PKCS#8. */
export function keyText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The key in a file. No message quotes what is in it. */
export async function readKeyFile(path: string): Promise<KeyObject> {
  const text = await textGiven(path, pemBytesMax)
  try {
    return createPrivateKey(text)
  } catch {
    throw new Error(`${path} holds no private key in PEM`)
  }
}
