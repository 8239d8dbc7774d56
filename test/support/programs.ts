import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where Debian has servers; not on everybody's PATH. */
const serverFolder = '/usr/sbin'

/**
 * Where a program is. Where it is missing, fails with what to do about it: a test that cannot run
 * must not pass.
 */
export function programPath(name: string, ...debianPackages: readonly string[]): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), serverFolder]
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found) return found
  const packages = (debianPackages.length > 0 ? debianPackages : [name]).join(' ')
  const remedy = `\`npm test\` installs it where it may; by hand: apt-get install ${packages}`
  throw new Error(`${name} is missing. ${remedy}`)
}
