import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { takePort } from './gate-ports.ts'
import { programPath } from './programs.ts'
import { type LoggedMessage, parseMessageLog, parseStatistics } from './sipp-log.ts'

const scenarioFolder = join(import.meta.dirname, '..', '..', 'sipp-scenarios')
const bindTimeoutMs = 5000
const stopTimeoutMs = 3000
/** SIPp warns when it could have more calls than open files, 20,000 by default. */
const callsAtOnceMax = 15_000
const errorCharsMax = 4000

export interface SippOptions {
  /** Name of a file in sipp-scenarios, without `.xml`. */
  readonly scenario: string
  /** Where a caller calls; a callee has none. */
  readonly remotePort?: number | undefined
  readonly port?: number | undefined
  /** Where it is and calls: 127.0.0.1 unless it is ::1. */
  readonly address?: '127.0.0.1' | '::1' | undefined
  /** Where it is, where that is another address than the one it calls. */
  readonly ownAddress?: '127.0.0.2' | undefined
  readonly transport?: 'udp' | 'tcp' | undefined
  /** Calls until it ends by itself; 1. */
  readonly calls?: number | undefined
  /** Calls a second. */
  readonly rate?: number | undefined
  /** What a `<pause/>` without a length lasts. */
  readonly holdMs?: number | undefined
  /** What the scenario's own keywords stand for: `apikey`, `caller`, `hops`, `reason`. */
  readonly keys?: Readonly<Record<string, string>> | undefined
  readonly called?: string | undefined
  /** What `[field0]` stands for, call by call, from the first again after the last. */
  readonly field0?: readonly string[] | undefined
  /** After this long the run has failed. */
  readonly timeoutMs?: number | undefined
  /** A message that does not come for this long fails the call. */
  readonly receiveTimeoutMs?: number | undefined
  /** Whether to keep every message; costs too much under load. */
  readonly trace?: boolean | undefined
  readonly extra?: readonly string[] | undefined
}

export interface SippResult {
  readonly scenario: string
  readonly exitCode: number | null
  readonly successful: number
  readonly failed: number
  readonly retransmissions: number
  readonly unexpected: number
  readonly statistics: ReadonlyMap<string, number>
  readonly messages: readonly LoggedMessage[]
  /** What SIPp had to complain about; empty when all went well. */
  readonly errors: string
}

/** A running SIPp. Leaving its scope ends it, however the test went. */
export interface Sipp extends AsyncDisposable {
  readonly port: number
  readonly done: Promise<SippResult>
  /** Ends it early and gives what it counted until then. */
  stop(): Promise<SippResult>
}

/** Starts SIPp on loopback; resolves once its port is bound, so that nothing is sent too early. */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const program = programPath('sipp', 'sip-tester')
  const port = options.port ?? (await takePort())
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-sipp-'))
  const args = await argumentsFor(options, port)
  if (options.field0) {
    await writeFile(join(folder, 'fields.csv'), `SEQUENTIAL\n${options.field0.join('\n')}\n`)
  }
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const done = collect({ child, folder, scenario: options.scenario })
  const stop = async () => {
    await end(child)
    return done
  }
  if (!(await isBound({ ...options, child, port }))) {
    const { exitCode, errors, successful, failed } = await stop()
    // A short call may be over before its socket was ever seen.
    if (successful + failed === 0)
      throw new Error(`SIPp could not start (exit ${exitCode}): ${errors}`)
  }
  return { port, done, stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

/** Runs a caller to its end. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  await using sipp = await startSipp(options)
  return await sipp.done
}

async function argumentsFor(options: SippOptions, port: number): Promise<string[]> {
  const { transport = 'udp', address = '127.0.0.1', calls = 1, timeoutMs = 30_000 } = options
  const host = address === '::1' ? '[::1]' : address
  const own = options.ownAddress ?? address
  const keys = Object.entries({ hops: '70', ...options.keys })
  return [
    ...(options.remotePort ? [`${host}:${options.remotePort}`] : []),
    ...['-sf', join(scenarioFolder, `${options.scenario}.xml`), '-nostdin'],
    ...['-i', own, '-p', String(port), '-mi', own],
    // Two SIPps that shared the default media and control ports would get in each other's way.
    ...['-mp', String(await takePort()), '-cp', String(await takePort())],
    ...['-t', transport === 'tcp' ? 't1' : 'u1', '-m', String(calls)],
    ...['-timeout', `${timeoutMs}ms`, '-timeout_error'],
    ...['-recv_timeout', String(options.receiveTimeoutMs ?? 10_000)],
    ...(options.rate
      ? ['-r', String(options.rate), '-l', String(Math.min(calls, callsAtOnceMax))]
      : []),
    ...(options.holdMs === undefined ? [] : ['-d', String(options.holdMs)]),
    ...(options.called === undefined ? [] : ['-s', options.called]),
    ...(options.field0 ? ['-inf', 'fields.csv'] : []),
    ...keys.flatMap(([name, value]) => ['-key', name, value]),
    ...['-trace_err', '-error_file', 'errors.log'],
    ...['-trace_stat', '-stf', 'statistics.csv', '-fd', '3600'],
    ...(options.trace === false ? [] : ['-trace_msg', '-message_file', 'messages.log']),
    ...(options.extra ?? []),
  ]
}

interface Running {
  readonly child: ChildProcess
  readonly folder: string
  readonly scenario: string
}

async function collect({ child, folder, scenario }: Running): Promise<SippResult> {
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < errorCharsMax) complaint += chunk.toString()
  })
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const read = async (name: string) => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    return text
  }
  const statistics = parseStatistics(await read('statistics.csv'))
  const messages = parseMessageLog(await read('messages.log'))
  const traced = await read('errors.log')
  await rm(folder, { recursive: true, force: true })
  const count = (name: string) => statistics.get(`${name}(C)`) ?? 0
  return {
    scenario,
    exitCode,
    successful: count('SuccessfulCall'),
    failed: count('FailedCall'),
    retransmissions: count('Retransmissions'),
    unexpected: count('FailedUnexpectedMessage'),
    statistics,
    messages,
    errors: (exitCode === 0 ? traced : complaint + traced).slice(0, errorCharsMax),
  }
}

interface Binding {
  readonly child: ChildProcess
  readonly port: number
  readonly address?: SippOptions['address']
  readonly ownAddress?: SippOptions['ownAddress']
  readonly transport?: SippOptions['transport']
}

/** SIPp says nowhere that it is ready, but the kernel's table of sockets tells. */
async function isBound(binding: Binding): Promise<boolean> {
  const { child, port, address, ownAddress, transport = 'udp' } = binding
  const isV6 = address === '::1'
  const hex = isV6 ? `${'0'.repeat(24)}01000000` : `0${ownAddress ? 2 : 1}00007F`
  const local = `${hex}:${port.toString(16).toUpperCase().padStart(4, '0')} `
  const deadline = performance.now() + bindTimeoutMs
  while (performance.now() < deadline && child.exitCode === null) {
    const table = await readFile(`/proc/net/${transport}${isV6 ? '6' : ''}`, 'latin1')
    if (table.includes(local)) return true
    await delay(5)
  }
  return false
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await closed
  clearTimeout(timer)
}
