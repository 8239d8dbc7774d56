import { open, stat } from 'node:fs/promises'
import { isIP } from 'node:net'

/** Where the system keeps the names it knows without asking: hosts(5). */
export const systemHostsPath = '/etc/hosts'

/** What a hosts file holds beyond this is not read, bytes. */
const hostsBytesMax = 1_048_576

type Addresses = ReadonlyMap<string, readonly string[]>

const nobody: Addresses = new Map()

/** A hosts file, read anew whenever it has changed. One that can't be read knows no names. */
export class HostsFile {
  readonly #path: string
  #version = ''
  #addresses: Addresses = nobody

  constructor(path: string) {
    this.#path = path
  }

  /** The addresses of a name, of both families; undefined when the file does not have it. */
  async addresses(name: string): Promise<readonly string[] | undefined> {
    await this.#refresh().catch(() => {
      this.#version = ''
      this.#addresses = nobody
    })
    return this.#addresses.get(keyOf(name))
  }

  async #refresh(): Promise<void> {
    const { mtimeMs, size, ino } = await stat(this.#path)
    const version = `${ino} ${mtimeMs} ${size}`
    if (version === this.#version) return
    this.#addresses = parseHosts(await this.#read(size))
    this.#version = version
  }

  async #read(size: number): Promise<string> {
    await using file = await open(this.#path)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(size, hostsBytesMax)))
    return buffer.toString('utf8', 0, bytesRead)
  }
}

/** RFC 4343: names are the same in any case; the dot at the end says only that they are whole. */
function keyOf(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function parseHosts(text: string): Addresses {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names) {
      const known = found.get(keyOf(name))
      if (known) known.push(address)
      else found.set(keyOf(name), [address])
    }
  }
  return found
}
