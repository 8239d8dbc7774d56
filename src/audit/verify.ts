import { Failure } from '../kernel/failure.ts'
import { AuditFault } from './fault.ts'
import { openCheckpoint, type SignedCheckpoint } from './note/checkpoint.ts'
import { parseLogKey, type VerifierKey } from './note/key.ts'
import { noteBytesMax } from './note/note.ts'
import {
  checkpointName,
  cosignedName,
  listPending,
  readPlain,
  verifierKeyName,
} from './storage/files.ts'
import { LogReader } from './storage/log-reader.ts'
import { isTorn } from './tree/bundle.ts'
import { tilePath, tileWidth } from './tree/tile.ts'
import { EntryWalk } from './verification/entry-walk.ts'
import { findStrays, type Strays } from './verification/strays.ts'
import { type Copies, readCopies, TileCheck } from './verification/tile-check.ts'

const verifierKeyBytesMax = 1024

/** The writer makes a checkpoint a second: whoever does not get its tiles meanwhile tries anew. */
const snapshotAttemptsMax = 10

/** What a log is verified by. */
export interface VerifyOptions {
  /** The key that is believed; where left out, the one in the directory of the log. */
  readonly key?: VerifierKey | undefined
  /** An older checkpoint that is believed: what came before it is not read again. */
  readonly since?: Buffer | undefined
  /** Told now and then how many of all entries are done. */
  readonly onProgress?: ((entries: number, size: number) => void) | undefined
}

/** The first place where a log is not what was written. */
export type VerifyFault = Pick<AuditFault, 'file' | 'index' | 'reason' | 'message'>

/** What became of a check of a whole log. */
export interface VerifyReport {
  /** How many entries the checkpoint covers. */
  readonly entries: number
  /** The first entry that was read; 0 unless an older checkpoint was believed. */
  readonly from: number
  /** Entries behind those that the checkpoint covers: nothing commits to them yet. */
  readonly uncovered: number
  /** Bytes of an entry that was being written: no fault, nobody was told of it. */
  readonly unfinishedBytes: number
  /** Whether what follows is no such entry: nothing commits to it, but no gate goes on with the log. */
  readonly isBlocked: boolean
  /** Whoever keeps it can later tell whether this log was cut or replaced. */
  readonly checkpoint: SignedCheckpoint | undefined
  readonly key: VerifierKey | undefined
  readonly strays: Strays
  /** Undefined when the log is whole. */
  readonly fault: VerifyFault | undefined
}

/**
 * Checks every entry of the log in `dir` against its tiles, and the tree against the signed checkpoint,
 * with one bundle in memory. Finds any edit, deletion, insertion and change of order of what a
 * checkpoint covers, and a log that ends before its checkpoint. A log that was cut together with its
 * checkpoint, or written anew with the private key, only `since` can tell. Throws `audit_unavailable`
 * where there is no log.
 */
export async function verifyLog(dir: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const run = new Run(dir, options)
  try {
    await run.verify()
    return run.report()
  } catch (error) {
    if (!(error instanceof AuditFault)) throw error
    return run.report(error)
  }
}

class Run {
  readonly #reader: LogReader
  readonly #options: VerifyOptions
  #key: VerifierKey | undefined
  #checkpoint: SignedCheckpoint | undefined
  #from = 0
  #uncovered = 0
  #unfinishedBytes = 0
  #isBlocked = false
  #strays: Strays = { names: [], count: 0 }

  constructor(dir: string, options: VerifyOptions) {
    this.#reader = new LogReader(dir)
    this.#options = options
  }

  async verify(): Promise<void> {
    const key = await readKey(this.#reader.dir, this.#options.key)
    this.#key = key
    // Before the newest: the gate may go on meanwhile.
    const cosigned = await readCosigned(this.#reader.dir, key)
    const { checkpoint, copies } = await readHead(this.#reader.dir, key)
    this.#checkpoint = checkpoint
    const { size } = checkpoint
    // Whoever puts back an older checkpoint may forget what witnesses have seen since.
    if (cosigned && cosigned.size > size) throw new AuditFault(cosignedName, size, 'cut_off')
    const tree = await this.#beginning(key, size)
    const tiles = new TileCheck(this.#reader, copies)
    const walk = new EntryWalk({ reader: this.#reader, tree, tiles, size })
    await walk.run((entries) => this.#options.onProgress?.(entries, size))
    const fault = walk.fault(checkpoint.root)
    if (fault) throw fault
    if (cosigned) await this.#refuseForked(cosigned, size)
    // What is taken from a tile is not found to be there by reading what is below it.
    const [lost] = this.#reader.rebuilt
    if (lost) throw new AuditFault(tilePath(lost), undefined, 'tile_missing')
    await this.#countUncovered(size)
    this.#strays = await findStrays(this.#reader.dir, size + this.#uncovered)
  }

  report(fault?: AuditFault): VerifyReport {
    const report = {
      entries: this.#checkpoint?.size ?? 0,
      from: this.#from,
      uncovered: this.#uncovered,
      unfinishedBytes: this.#unfinishedBytes,
      isBlocked: this.#isBlocked,
      checkpoint: this.#checkpoint,
      key: this.#key,
      strays: this.#strays,
    }
    if (!fault) return { ...report, fault }
    const { file, index, reason, message } = fault
    return { ...report, fault: { file, index, reason, message } }
  }

  /** An empty tree, or that of the older checkpoint: its root proves that this log began with it. */
  async #beginning(key: VerifierKey, size: number) {
    const { since } = this.#options
    if (!since) return this.#reader.treeOf(0)
    const older = openCheckpoint(since, key)
    if (typeof older === 'string') throw new AuditFault('--since', undefined, older)
    if (older.size > size) throw new AuditFault('--since', size, 'cut_off')
    const tree = await this.#reader.treeOf(older.size, size)
    if (!tree.root().equals(older.root))
      throw new AuditFault(checkpointName, undefined, 'rewritten')
    this.#from = older.size
    return tree
  }

  /** The tiles have been compared: they lead to the root that was there at any size. */
  async #refuseForked({ size, root }: SignedCheckpoint, covered: number): Promise<void> {
    const tree = await this.#reader.treeOf(size, covered)
    if (!tree.root().equals(root)) throw new AuditFault(cosignedName, undefined, 'rewritten')
  }

  /** Nothing commits to these entries: what is wrong with them is for the gate to say. */
  async #countUncovered(size: number): Promise<void> {
    for (let index = Math.floor(size / tileWidth); ; index++) {
      const bundle = await this.#reader.bundle(index, size).catch(noBundle)
      const end = index * tileWidth + (bundle?.leaves.length ?? 0)
      this.#uncovered = Math.max(this.#uncovered, end - size)
      const rest = bundle?.bytes.subarray(bundle.goodBytes) ?? Buffer.alloc(0)
      this.#isBlocked = !isTorn(rest)
      this.#unfinishedBytes = this.#isBlocked ? 0 : rest.length
      if (rest.length > 0 || bundle?.leaves.length !== tileWidth) return
    }
  }
}

/**
 * The key of a log: the one given, or the one in its directory. Throws `audit_unavailable` where there is
 * no log, an `AuditFault` where that is no key.
 */
export async function readKey(dir: string, given?: VerifierKey | undefined): Promise<VerifierKey> {
  if (given && (await readPlain(dir, checkpointName, noteBytesMax))) return given
  const bytes = await readPlain(dir, verifierKeyName, verifierKeyBytesMax)
  if (!bytes && !(await readPlain(dir, checkpointName, noteBytesMax))) {
    const [pending] = await listPending(dir)
    if (pending === undefined) throw new Failure('audit_unavailable', `${dir} holds no audit log`)
  }
  const key = given ?? parseLogKey(bytes?.toString('utf8').replace(/\n$/, '') ?? '')
  if (!key) throw new AuditFault(verifierKeyName, undefined, 'key_unreadable')
  return key
}

/** The checkpoint, and the partial tiles that it needs: those go when a newer one is there. */
async function readHead(
  dir: string,
  key: VerifierKey,
): Promise<{ checkpoint: SignedCheckpoint; copies: Copies }> {
  for (let attempt = 1; ; attempt++) {
    const checkpoint = await readCheckpoint(dir, key)
    const copies = await readCopies(dir, checkpoint.size)
    const isWhole = [...copies.values()].every((copy) => !(copy instanceof AuditFault))
    if (isWhole || attempt === snapshotAttemptsMax) return { checkpoint, copies }
    const again = await readCheckpoint(dir, key)
    if (again.size === checkpoint.size) return { checkpoint, copies }
  }
}

/** The newest checkpoint that a witness has cosigned, if any; throws where it is none of this log. */
async function readCosigned(dir: string, key: VerifierKey): Promise<SignedCheckpoint | undefined> {
  const bytes = await readPlain(dir, cosignedName, noteBytesMax)
  const cosigned = bytes && openCheckpoint(bytes, key)
  if (typeof cosigned === 'string') throw new AuditFault(cosignedName, undefined, cosigned)
  return cosigned
}

function noBundle(cause: unknown): undefined {
  if (!(cause instanceof AuditFault)) throw cause
}

/** The newest checkpoint of the log in `dir`; throws an `AuditFault` where its key has not signed it. */
export async function readCheckpoint(dir: string, key: VerifierKey): Promise<SignedCheckpoint> {
  const bytes = await readPlain(dir, checkpointName, noteBytesMax)
  if (!bytes) throw new AuditFault(checkpointName, undefined, 'checkpoint_missing')
  const checkpoint = openCheckpoint(bytes, key)
  if (typeof checkpoint === 'string') throw new AuditFault(checkpointName, undefined, checkpoint)
  return checkpoint
}
