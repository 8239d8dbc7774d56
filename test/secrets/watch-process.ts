import childProcess, { ChildProcess } from 'node:child_process'
import crypto, { type KeyObject } from 'node:crypto'
import dgram from 'node:dgram'
import fs from 'node:fs'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'
import { Secret } from '../../src/kernel/secret.ts'
import { handsOutByCommand, withoutHandedOut } from './handed-out.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import { watchSecrets } from './watch-secrets.ts'

// What a process gives out and what is secret in it is told by the ways that all of it must take: the
// modules of Node. Nothing in src/ knows of it.

const preload = join(import.meta.dirname, 'preload.mjs')
const runVariable = 'KEPT_RUN_DIR'

// biome-ignore lint/suspicious/noExplicitAny: whatever the function of Node takes and gives
type AnyFunction = (...args: any[]) => any

/** Has this process and all that it starts tell what is secret and what is given out. */
export function watchProcess(): void {
  const runDir = process.env[runVariable]
  if (runDir === undefined) return
  const recorder = openRecorder(runDir)
  watchSecrets(Secret, recorder)
  watchKeys(recorder)
  watchAnswers(recorder)
  if (isMainThread) {
    watchChildren(recorder, runDir)
    watchOutput(recorder)
    keepFolders(runDir)
  } else watchWire(recorder)
  syncBuiltinESMExports()
}

/** Puts a function around one of an object's, which is called with the function as it was. */
function around(target: object, name: string, outer: (inner: AnyFunction) => AnyFunction): void {
  const functions = target as Record<string, AnyFunction>
  const inner = functions[name]
  if (inner) functions[name] = Object.assign(outer(inner), inner)
}

/** Key material passes through the functions that use it. */
function watchKeys(recorder: Recorder): void {
  const note = (key: unknown) => {
    if (key instanceof Uint8Array && key.length >= 16 && key.length <= 64) recorder.secretBytes(key)
  }
  for (const name of ['createCipheriv', 'createDecipheriv', 'createHmac', 'createSecretKey']) {
    around(crypto, name, (inner) => (...args) => {
      note(name === 'createSecretKey' ? args[0] : args[1])
      return inner(...args)
    })
  }
  around(crypto, 'createPrivateKey', (inner) => (...args) => {
    const key = inner(...args)
    notePrivate(key, recorder)
    return key
  })
  around(crypto, 'generateKeyPairSync', (inner) => (...args) => {
    const pair = inner(...args)
    if (typeof pair.privateKey?.export === 'function') notePrivate(pair.privateKey, recorder)
    return pair
  })
  // RFC 7616 3.4.2: a hash of name, realm and password stands for the password.
  around(crypto, 'hash', (inner) => (algorithm, data, encoding) => {
    const result = inner(algorithm, data, encoding)
    if (encoding === 'buffer' && /^[^:]+:[^:]+:tg_/.test(String(data))) recorder.secretBytes(result)
    return result
  })
}

function notePrivate(key: KeyObject, recorder: Recorder): void {
  const { d } = key.export({ format: 'jwk' })
  if (d) recorder.secretBytes(Buffer.from(d, 'base64url'))
}

/** Answers of every HTTP server, and what is posted to others: addresses, fields and bodies. */
function watchAnswers(recorder: Recorder): void {
  type Answer = http.ServerResponse & { req?: http.IncomingMessage }
  const said = (answer: Answer, chunk: unknown) => {
    const { method = '', url = '' } = answer.req ?? {}
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    const text = Buffer.from(chunk as string).toString('utf8')
    recorder.said('answers', `${withoutHandedOut(text, `${method} ${url}`)}\n`)
  }
  const { prototype } = http.ServerResponse
  const writeHead = prototype.writeHead as AnyFunction
  prototype.writeHead = function (this: Answer, ...args: unknown[]) {
    said(this, JSON.stringify(args))
    return writeHead.apply(this, args)
  }
  for (const name of ['write', 'end'] as const) {
    const inner = prototype[name] as AnyFunction
    prototype[name] = function (this: Answer, ...args: unknown[]) {
      said(this, args[0])
      if (name === 'end') recorder.said('answers', `${JSON.stringify(this.getHeaders())}\n`)
      return inner.apply(this, args)
    }
  }
  const { fetch } = globalThis
  globalThis.fetch = (input, init) => {
    recorder.said('posted', `${input instanceof Request ? input.url : input}\n`)
    if (typeof init?.body === 'string') recorder.said('posted', `${init.body}\n`)
    return fetch(input, init)
  }
}

/** A thread that is not the main one may be the engine: whatever leaves it, but to the gate. */
function watchWire(recorder: Recorder): void {
  const send = dgram.Socket.prototype.send as AnyFunction
  dgram.Socket.prototype.send = function (this: dgram.Socket, ...args: unknown[]) {
    if (args[0] instanceof Uint8Array || typeof args[0] === 'string') {
      recorder.said('wire', args[0])
      recorder.said('wire', '\n')
    }
    return send.apply(this, args)
  }
  const write = net.Socket.prototype.write as AnyFunction
  net.Socket.prototype.write = function (this: net.Socket, ...args: unknown[]) {
    const [bytes] = args
    // drachtio's admin protocol frames by length: between engine and gate stands what came, as it came.
    const isBytes = bytes instanceof Uint8Array || typeof bytes === 'string'
    const beginning = isBytes ? Buffer.from(bytes.slice(0, 12) as string).toString('latin1') : ''
    if (isBytes && !/^\d+#/.test(beginning)) recorder.said('wire', bytes)
    return write.apply(this, args)
  }
}

interface Spawning {
  readonly file: string
  readonly args?: readonly string[]
  envPairs?: string[]
}

/** What children say, and that those which are Node tell as this process does. */
function watchChildren(recorder: Recorder, runDir: string): void {
  const { prototype } = ChildProcess as unknown as { prototype: { spawn: AnyFunction } }
  const inner = prototype.spawn
  prototype.spawn = function (
    this: { stdout: Readable | null; stderr: Readable | null },
    options: Spawning,
  ) {
    // Who starts a run of its own is left to it.
    const isOther = options.envPairs?.some((pair) => isOfOtherRun(pair, runDir))
    const isNode = !isOther && /^(?:node|npm|npx|tollgate)/.test(basename(options.file))
    if (isNode) options.envPairs = [...withoutOurs(options.envPairs), ...oursFor(runDir)]
    const result = inner.call(this, options)
    if (!isNode || handsOutByCommand(options.args ?? [])) return result
    for (const stream of [this.stdout, this.stderr]) {
      if (!stream) continue
      const push = stream.push.bind(stream)
      stream.push = (chunk: unknown, ...rest) => {
        if (chunk instanceof Uint8Array) recorder.said('output', outputOf(chunk))
        return push(chunk, ...rest)
      }
    }
    return result
  }
  for (const name of ['spawnSync', 'execFileSync']) {
    around(childProcess, name, (run) => (...args) => {
      const result = run(...args)
      const output = [result?.stdout ?? result, result?.stderr]
      for (const each of output) {
        if (typeof each === 'string' || each instanceof Uint8Array) {
          if (!handsOutByCommand(args[1] ?? [])) recorder.said('output', outputOf(each))
        }
      }
      return result
    })
  }
}

/** What is logged here: the logger writes to the descriptors themselves. */
function watchOutput(recorder: Recorder): void {
  for (const name of ['write', 'writeSync']) {
    around(fs, name, (inner) => (descriptor, data, ...rest) => {
      if (descriptor === 1 || descriptor === 2) recorder.said('output', outputOf(data))
      return inner(descriptor, data, ...rest)
    })
  }
}

function outputOf(chunk: string | Uint8Array): string {
  return withoutHandedOut(Buffer.from(chunk as string).toString('utf8'), 'output')
}

function isOfOtherRun(pair: string, runDir: string): boolean {
  return pair.startsWith(`${runVariable}=`) && pair !== `${runVariable}=${runDir}`
}

function withoutOurs(pairs: readonly string[] = []): string[] {
  return pairs.filter((pair) => !/^(?:NODE_OPTIONS|KEPT_RUN_DIR|TMPDIR)=/.test(pair))
}

function oursFor(runDir: string): string[] {
  const options = `NODE_OPTIONS=--import=${preload}`
  return [options, `${runVariable}=${runDir}`, `TMPDIR=${tmpdir()}`]
}

/** A temporary folder that a test is done with goes aside until the search, with all that is in it. */
function keepFolders(runDir: string): void {
  const top = tmpdir()
  const kept = join(runDir, 'kept')
  fs.mkdirSync(kept, { recursive: true })
  const aside = (path: unknown): boolean => {
    if (typeof path !== 'string' || dirname(path) !== top) return false
    try {
      fs.renameSync(path, join(kept, `${process.pid}-${basename(path)}`))
      return true
    } catch {
      return false
    }
  }
  around(fs, 'rmSync', (inner) => (path, ...rest) => {
    if (!aside(path)) inner(path, ...rest)
  })
  around(fs.promises, 'rm', (inner) => async (path, ...rest) => {
    if (!aside(path)) await inner(path, ...rest)
  })
}
