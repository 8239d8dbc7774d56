import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Writes files that were not there, for their owner alone: all of them whole, or none is left. Throws
 * `EEXIST` where one is there.
 */
export function writeNewFiles(files: Readonly<Record<string, string>>): void {
  const made: string[] = []
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = openSync(path, 'wx', 0o600)
      made.push(path)
      try {
        writeFileSync(file, text)
      } finally {
        closeSync(file)
      }
    }
  } catch (error) {
    for (const path of made) rmSync(path, { force: true })
    throw error
  }
}
