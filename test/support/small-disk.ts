import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programPath } from './programs.ts'

const run = promisify(execFile)
const sizeBytes = 24 * 1024 * 1024

/** A place where a gate may keep its files, and that can be full. */
export interface SmallDisk extends AsyncDisposable {
  /** As the gate sees it. */
  readonly folder: string
  /** As we see it. */
  readonly outside: string
  /** The command, with its arguments, by which a program is started that sees it. */
  readonly through: readonly string[]
  /** From now on the process with this id writes nothing there. */
  fill(pid: number): Promise<void>
  /** There is room again. */
  free(pid: number): Promise<void>
}

/**
 * A file system in memory that is mounted in a namespace of its own; undefined where nothing may be
 * mounted. It goes with the process that holds it.
 */
export async function mountedDisk(): Promise<SmallDisk | undefined> {
  const point = await mkdtemp(join(tmpdir(), 'tollgate-disk-'))
  const script = `mount -t tmpfs -o size=${sizeBytes},mode=0700 tmpfs "$0" && echo mounted && exec cat`
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', script, point]
  const holder = spawn(programPath('unshare', 'util-linux'), args, {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const end = async () => {
    await endOf(holder)
    await rm(point, { recursive: true })
  }
  if (!(await saysSomething(holder))) {
    await end()
    return undefined
  }
  const outside = `/proc/${holder.pid}/root${point}`
  const nsenter = programPath('nsenter', 'util-linux')
  const filler = join(outside, 'filler')
  const enter = ['--user', '--mount', '--preserve-credentials', `--target=${holder.pid}`]
  return {
    folder: point,
    outside,
    // nsenter itself leads to the root of the file system.
    through: [nsenter, ...enter, 'sh', '-c', 'cd "$0" && exec "$@"', process.cwd()],
    fill: () => writeUntilFull(filler),
    free: () => rm(filler),
    [Symbol.asyncDispose]: end,
  }
}

/**
 * A folder like any other, and the kernel that lets a process write no file to a length greater
 * than 0 (RLIMIT_FSIZE): every write fails, as on a disk without room.
 */
export async function limitedDisk(): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-disk-'))
  const limit = async (pid: number, soft: string) => {
    const args = ['--pid', String(pid), `--fsize=${soft}:`]
    await run(programPath('prlimit', 'util-linux'), args)
  }
  return {
    folder,
    outside: folder,
    through: [],
    fill: (pid) => limit(pid, '0'),
    free: (pid) => limit(pid, 'unlimited'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function saysSomething(child: ChildProcess): Promise<boolean> {
  const said = new Promise<boolean>((resolve) => child.stdout?.once('data', () => resolve(true)))
  const ended = new Promise<boolean>((resolve) => child.once('close', () => resolve(false)))
  return await Promise.race([said, ended])
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin?.end()
  await exited
}

/** In ever smaller pieces, until not one byte more goes in. */
async function writeUntilFull(path: string): Promise<void> {
  await using file = await open(path, 'w')
  for (let bytes = 1024 * 1024; bytes >= 1; ) {
    try {
      const { bytesWritten } = await file.write(Buffer.alloc(bytes))
      if (bytesWritten < bytes) bytes = Math.floor(bytes / 2)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      bytes = Math.floor(bytes / 2)
    }
  }
}
