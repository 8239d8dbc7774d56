import type { NoteSigner } from '../note/key.ts'
import type { Cosigned, Offered } from '../witness.ts'
import { BundleFile } from './bundle-file.ts'
import { readPlain, verifierKeyName } from './files.ts'
import { type PublishedIn, Publishing } from './publishing.ts'
import { recoverTail } from './recover.ts'
import { writeWhole } from './whole-files.ts'

const verifierKeyBytesMax = 1024

export interface LogWriterOptions {
  readonly dir: string
  readonly signer: NoteSigner
  readonly sync: boolean
  readonly publishedIn: PublishedIn
}

interface Parts {
  readonly bundle: BundleFile
  readonly publishing: Publishing
  readonly size: number
  readonly publishedSize: number
  readonly cutBytes: number
}

/** A log that is being written: its open bundle, and the tree that others can read. */
export class LogWriter {
  readonly cutBytes: number
  readonly #bundle: BundleFile
  readonly #publishing: Publishing
  /** What the tree does not have yet: the bytes that were written, and not what is in the files by now. */
  #unpublished: Buffer[] = []
  #size: number
  #publishedSize: number

  /** Goes on where the last process left off; a new log has a checkpoint of nothing at once. */
  static async open({ dir, signer, sync, publishedIn }: LogWriterOptions): Promise<LogWriter> {
    const { tree, bundle: open, rebuilt, ...tail } = await recoverTail(dir, signer.verifier)
    const published = tail.published ?? { size: 0, firstPending: open.index }
    const full = [...rebuilt, ...tree.takeFull()]
    const state = { size: tree.size, open: tree.open(), bundle: open, full, published }
    await using stack = new AsyncDisposableStack()
    const bundle = stack.adopt(new BundleFile(dir, open, { sync }), (file) => file.close())
    const publishing = await Publishing.open({ dir, signer, sync }, state, publishedIn)
    stack.adopt(publishing, (opened) => opened.close())
    await bundle.open()
    const sizes = { size: tree.size, publishedSize: published.size }
    const writer = new LogWriter({ bundle, publishing, ...sizes, cutBytes: tail.cutBytes })
    if (!(await readPlain(dir, verifierKeyName, verifierKeyBytesMax))) {
      const bytes = Buffer.from(`${signer.verifier.text}\n`)
      writeWhole(dir, verifierKeyName, { bytes, sync })
    }
    // What was left without one gets its checkpoint now: a disk that is full shows here.
    if (!tail.published || writer.isAhead) await writer.publish()
    stack.move()
    return writer
  }

  constructor({ bundle, publishing, size, publishedSize, cutBytes }: Parts) {
    this.cutBytes = cutBytes
    this.#bundle = bundle
    this.#publishing = publishing
    this.#size = size
    this.#publishedSize = publishedSize
  }

  /** Makes entries durable; called again only when it is done. */
  async write(leaves: readonly Buffer[]): Promise<void> {
    for (let done = 0; done < leaves.length; ) {
      if (this.#bundle.room === 0) await this.#bundle.rotate()
      const some = leaves.slice(done, done + this.#bundle.room)
      this.#unpublished.push(await this.#bundle.append(some))
      this.#size += some.length
      done += some.length
    }
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size
  }

  /** Whether there is something that no checkpoint covers. */
  get isAhead(): boolean {
    return this.#size > this.#publishedSize
  }

  /** Puts the signature line of a witness under its checkpoint; not while one is published. */
  cosign(cosigned: Cosigned): Promise<void> {
    return this.#publishing.cosign(cosigned)
  }

  /** Publishes all that is durable and gives the checkpoint; called again only when it is done. */
  async publish(): Promise<Offered> {
    const offered = await this.#publishing.publish(joined(this.#unpublished.splice(0)))
    this.#publishedSize = offered.size
    return offered
  }

  /** The same for a log that goes on. */
  async publishRunning(): Promise<Offered> {
    await this.#publishing.settle()
    return this.publish()
  }

  async close(): Promise<void> {
    await this.#publishing.close()
    await this.#bundle.close()
  }
}

/** In memory of its own, so that it can be given away. */
function joined(parts: readonly Buffer[]): Buffer<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const whole = Buffer.from(new ArrayBuffer(length))
  let at = 0
  for (const part of parts) at += part.copy(whole, at)
  return whole
}
