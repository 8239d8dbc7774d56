import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

/** Below it a text is found by accident. */
export const secretCharsMin = 20
/** A passphrase of few different letters is a word of some test. */
const lettersMin = 8
/** Remembered as written already. */
const knownMax = 200_000
const bufferedBytesMax = 65_536
const flushMs = 100

const bySymbol = Symbol.for('tollgate.test.recorder')
// Taken before a test can put its own in the place.
const { setTimeout: later } = globalThis

/** Where a process of a test run writes down what was secret in it, and what it gave out. */
export interface Recorder {
  /** A credential in the form in which it is used. */
  secret(text: string): void
  /** Key material. */
  secretBytes(bytes: Uint8Array): void
  /** What a process has given out: `kind` says by which way. */
  said(kind: string, text: string | Uint8Array): void
  /** Has all of it on the disk. */
  flush(): void
}

/** The recorder of this process; undefined outside a test run. */
export function recorderHere(): Recorder | undefined {
  return (globalThis as Record<symbol, unknown>)[bySymbol] as Recorder | undefined
}

/** Opens the recorder of this thread below the folder of the run, once. */
export function openRecorder(runDir: string): Recorder {
  const open = recorderHere()
  if (open) return open
  const recorder = recorderIn(runDir)
  ;(globalThis as Record<symbol, unknown>)[bySymbol] = recorder
  return recorder
}

function recorderIn(runDir: string): Recorder {
  const name = `${process.pid}-${threadId}`
  const { append, flush } = appenderIn(runDir, name)
  const known = new Set<string>()
  const knownBytes = new Set<string>()
  const remember = (text: string) => {
    if (known.has(text)) return
    if (known.size < knownMax) known.add(text)
    append('secrets', `${text}\n`)
  }
  const one = (text: string) => {
    if (isTelling(text)) remember(text)
  }
  return {
    secret: (text) => {
      for (const part of partsOf(text)) one(part)
    },
    secretBytes: (bytes) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const name = buffer.toString('latin1')
      if (knownBytes.has(name)) return
      if (knownBytes.size < knownMax) knownBytes.add(name)
      one(buffer.toString('hex'))
      one(buffer.toString('base64').replace(/=+$/, ''))
      one(buffer.toString('base64url'))
    },
    said: (kind, text) => append(kind, text),
    flush,
  }
}

/** What of a credential stands for the whole, and nowhere else: no beginning that all of its kind have. */
export function partsOf(text: string): readonly string[] {
  // The checksum behind the 43 letters of the secret can be told from them.
  const key = /^tg_(?:live|test)_[0-9A-Za-z]{16}_([0-9A-Za-z]{43})[0-9A-Za-z]+$/.exec(text)
  if (key?.[1]) return [key[1]]
  const token = /^eyJ[\w-]+\.[\w-]+\.([\w-]+)$/.exec(text)
  if (token?.[1]) return [token[1]]
  if (text.includes('PRIVATE KEY-----')) return pemLines(text)
  return [text]
}

/** The lines of a private key that are private: the first tell its kind and what all may know. */
export function pemLines(text: string): readonly string[] {
  const bodies = text.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----\s+([^-]+)-----END/g)
  return [...bodies].flatMap(([, body = '']) => {
    const lines = body.trim().split(/\s+/)
    return lines.length <= 4 ? lines.slice(1, 2) : lines.slice(Math.ceil(lines.length / 2))
  })
}

function isTelling(text: string): boolean {
  if (text.length < secretCharsMin || /\s/.test(text)) return false
  return new Set(text).size >= lettersMin && /\d/.test(text)
}

/** Writes behind, so that what is watched stays quick. */
function appenderIn(runDir: string, name: string) {
  const waiting = new Map<string, { chunks: Buffer[]; bytes: number }>()
  const flush = () => {
    for (const [kind, { chunks }] of waiting) {
      const folder = join(runDir, kind)
      try {
        mkdirSync(folder, { recursive: true })
        appendFileSync(join(folder, name), Buffer.concat(chunks))
      } catch {
        // Tests fill disks: what is watched goes on, and the rest of it is kept.
      }
    }
    waiting.clear()
  }
  process.on('exit', flush)
  const append = (kind: string, text: string | Uint8Array) => {
    const chunk = Buffer.from(text as string)
    const mine = waiting.get(kind) ?? { chunks: [], bytes: 0 }
    if (waiting.size === 0) later(flush, flushMs).unref()
    waiting.set(kind, mine)
    mine.chunks.push(chunk)
    mine.bytes += chunk.length
    if (mine.bytes > bufferedBytesMax) flush()
  }
  return { append, flush }
}
