import { Failure, messageOf } from '../../kernel/failure.ts'
import { writePrivateFile } from '../../kernel/private-file.ts'
import type { Random } from '../../kernel/random.ts'
import type { Secret } from '../../kernel/secret.ts'
import { encodePrivateKey, type NoteSigner, parsePrivateKey } from '../note/key.ts'
import { readPlain } from './files.ts'

/** Who a log is, and where its private key is kept. */
export interface LogKeyOptions {
  /** The name of the log in its checkpoints; where left out, the one in the key or a random one. */
  readonly origin?: string | undefined
  /** Made when missing, and readable by its owner alone; left out: beside the directory of the log. */
  readonly keyFile?: string | undefined
  /** The private key itself; then there is no file. */
  readonly key?: Secret | undefined
}

const seedBytes = 32
const originBytes = 16
const keyFileBytesMax = 4096

/** Where the key of the log in `dir` is unless told otherwise: not in `dir`, which others may read. */
export function keyFileOf(dir: string): string {
  return `${dir.replace(/\/+$/, '')}.key`
}

/**
 * The key that signs the checkpoints of the log in `dir`: the one given, the one kept, or a new one.
 * Throws `audit_unavailable` where it cannot be read, or is the key of another origin.
 */
export async function openLogKey(
  dir: string,
  { origin, keyFile = keyFileOf(dir), key }: LogKeyOptions,
  random: Random,
): Promise<NoteSigner> {
  const from = key ? 'audit.key' : keyFile
  const kept = key?.reveal() ?? (await keptOrNew(keyFile, origin, random))
  const signer = parsePrivateKey(kept.trim())
  if (!signer) throw new Failure('audit_unavailable', `${from} holds no private key of a log`)
  const { name } = signer.verifier
  if (origin !== undefined && origin !== name) {
    throw new Failure('audit_unavailable', `${from} is the key of ${name}, not of ${origin}`)
  }
  return signer
}

async function keptOrNew(
  path: string,
  origin: string | undefined,
  random: Random,
): Promise<string> {
  try {
    const kept = await readPlain('', path, keyFileBytesMax)
    if (kept) return kept.toString('utf8')
    const name = origin ?? `tollgate/${random.hex(originBytes)}`
    const made = encodePrivateKey(name, random.bytes(seedBytes))
    await writePrivateFile(path, `${made}\n`)
    return made
  } catch (cause) {
    const why = messageOf(cause)
    throw new Failure('audit_unavailable', `the key of the audit log: ${why}`, { cause })
  }
}
