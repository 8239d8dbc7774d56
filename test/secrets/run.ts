import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchRun } from './search.ts'

/**
 * Gives a run of tests one folder for all that its processes write, and searches it when they have ended
 * for every secret that was made or used: a find fails the run.
 */
export function setup(): () => void {
  // Short: paths of sockets have 107 characters.
  const runDir = mkdtempSync(join(tmpdir(), 'tg-'))
  const temporary = join(runDir, 'tmp')
  mkdirSync(temporary)
  process.env.KEPT_RUN_DIR = runDir
  process.env.TMPDIR = temporary
  return () => {
    try {
      const { secrets, files, bytes, finds } = searchRun(runDir)
      const where = `${files} files, ${Math.round(bytes / 1024 / 1024)} MiB`
      process.stdout.write(
        `\nSecrets: ${secrets}, searched for in ${where}: ${finds.length} found\n`,
      )
      const lines = finds.map(({ file, before }) => `  ${file}: ${JSON.stringify(before)} SECRET`)
      if (finds.length > 0) throw new Error(`A secret was given out.\n${lines.join('\n')}`)
    } finally {
      if (!process.env.KEEP_RUN_DIR) rmSync(runDir, { recursive: true, force: true })
    }
  }
}
