import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { portBlock, takePort } from './gate-ports.ts'
import { programPath } from './programs.ts'

const startTimeoutMs = 20_000
/** What the last packet of a recording says. */
const endMark = 'tollgate: end of recording'
const endTimeoutMs = 10_000
const readTimeoutMs = 120_000
const outputBytesMax = 64 * 1024 * 1024

/** What tshark made of one packet that has SIP in it, or that it could not read. */
export interface Packet {
  readonly number: number
  readonly fromPort: number
  readonly toPort: number
  /** The start lines in it. */
  readonly startLines: string
  /** Whether a dissector gave up. */
  readonly malformed: boolean
  /** Expert notes of the severity of a warning or an error. */
  readonly warnings: readonly string[]
}

/** A recording of the loopback interface; leaving its scope ends it. */
export interface Capture extends AsyncDisposable {
  /** Where a program may write the secrets of its TLS sessions: what they hide is read as well. */
  readonly tlsKeyLog: string
  /**
   * Ends the recording and has tshark read it back. It finds SIP by itself, except in TLS: the ports
   * have to be named.
   */
  read(tlsPorts?: readonly number[]): Promise<Packet[]>
}

/** Records what goes between the ports of this test process; resolves once it runs. */
export async function startCapture(): Promise<Capture> {
  const program = programPath('dumpcap', 'tshark')
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-capture-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'loopback.pcapng')
  const tlsKeyLog = join(folder, 'tls-keys.txt')
  await writeFile(tlsKeyLog, '')
  const { first, last } = await portBlock()
  const filter = `portrange ${first}-${last}`
  const child = spawn(program, ['-i', 'lo', '-f', filter, '-w', file, '-B', '16'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    await exited
  }
  stack.defer(stop)
  const isRunning = () => said.includes('File: ')
  const deadline = performance.now() + startTimeoutMs
  while (!isRunning() && child.exitCode === null && performance.now() < deadline) await delay(20)
  if (!isRunning()) {
    throw new Error(`dumpcap cannot record the loopback interface (it needs CAP_NET_RAW): ${said}`)
  }
  const held = stack.move()
  return {
    tlsKeyLog,
    read: async (tlsPorts = []) => {
      await untilRecorded(file)
      await stop()
      return readPackets({ file, tlsKeyLog, tlsPorts })
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/** Packets wait in a buffer before they are in the file: a last one of our own tells when. */
async function untilRecorded(file: string): Promise<void> {
  const socket = createSocket('udp4')
  socket.send(endMark, await takePort(), '127.0.0.1')
  const deadline = performance.now() + endTimeoutMs
  while (!(await readFile(file)).includes(endMark)) {
    if (performance.now() > deadline) throw new Error('the recording does not come to its end')
    await delay(50)
  }
  socket.close()
}

const fields = [
  ...['frame.number', 'udp.srcport', 'udp.dstport', 'tcp.srcport', 'tcp.dstport'],
  ...['sip.Request-Line', 'sip.Status-Line', '_ws.malformed'],
  ...['_ws.expert.severity', '_ws.expert.message'],
]
/** Wireshark's PI_WARN; above it is PI_ERROR. */
const warningSeverity = 0x600000

interface Recording {
  readonly file: string
  readonly tlsKeyLog: string
  readonly tlsPorts: readonly number[]
}

function readPackets({ file, tlsKeyLog, tlsPorts }: Recording): Packet[] {
  const args = [
    '-r',
    file,
    '-n',
    '-o',
    `tls.keylog_file:${tlsKeyLog}`,
    '-Y',
    'sip || sdp || _ws.malformed',
    '-T',
    'fields',
  ]
  const columns = fields.flatMap((name) => ['-e', name])
  const options = ['-E', 'separator=/t', '-E', 'aggregator=|']
  options.push(...tlsPorts.flatMap((port) => ['-d', `tls.port==${port},sip`]))
  const { status, stdout, stderr } = spawnSync(
    programPath('tshark'),
    [...args, ...options, ...columns],
    {
      encoding: 'utf8',
      timeout: readTimeoutMs,
      maxBuffer: outputBytesMax,
    },
  )
  if (status !== 0) throw new Error(`tshark cannot read the recording: ${stderr}`)
  return stdout.split('\n').filter(Boolean).map(packetOf)
}

function packetOf(line: string): Packet {
  const [number, udpFrom, udpTo, tcpFrom, tcpTo, request, status, malformed, severities, messages] =
    line.split('\t')
  const told = messages?.split('|') ?? []
  return {
    number: Number(number),
    fromPort: Number(udpFrom || tcpFrom),
    toPort: Number(udpTo || tcpTo),
    startLines: [request, status].filter(Boolean).join(' '),
    malformed: malformed !== '',
    warnings: (severities ?? '')
      .split('|')
      .flatMap((severity, at) => (Number(severity) >= warningSeverity ? [told[at] ?? '?'] : [])),
  }
}
