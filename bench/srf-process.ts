import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { leanSrf } from '../src/sip/lean-srf.ts'
import { connectSrf } from '../test/e2e-engine/srf.ts'
import { answersTo, ends, firstOf, framed, framesIn } from './srf-peer.ts'

// createB2BUA of drachtio-srf without a network: what the engine would send is made up beside it, and
// only what the thread spends between a chunk that comes and the writes that follow is counted.
// Started by srf-alone.ts with the layers; tells the microseconds of a call.

/** Calls that are at the same point, as a busy engine has them. */
const together = 8
const warmUpCalls = 4_000
const calls = 8_000

const written: string[] = []

/** A socket that keeps what is written. */
class Line extends net.Socket {
  override write(chunk: Uint8Array | string, ...more: unknown[]): boolean {
    written.push(String(chunk))
    const sent = more.at(-1)
    if (typeof sent === 'function') process.nextTick(sent)
    return true
  }
}

const line = new Line()
Object.assign(net, { connect: () => line })
const connected = connectSrf(0, 'bench', process.argv[2] === 'lean' ? leanSrf : undefined)
line.emit('connect')
await turn()
const [hello] = framesIn(written.splice(0).join(''))
line.emit('data', Buffer.from(framed(`e1|response|${hello?.id}|OK|udp/127.0.0.1:5060|v0.9.10`)))
const srf = await connected

let ended = 0
srf.invite((request, response) => {
  const number = request.get('call-id')
  void srf.createB2BUA(request, response, `sip:${number}@127.0.0.1:5080`).then(({ uas, uac }) => {
    uas.on('destroy', () => void uac.destroy().then(() => ended++))
  })
})

await turn()
written.length = 0
let spentUs = 0
let number = 0
for (const goal of [warmUpCalls, warmUpCalls + calls]) {
  spentUs = 0
  while (number < goal) {
    let frames: string[] = []
    for (let at = 0; at < together; at++) frames.push(firstOf(number++))
    while (frames.length > 0) {
      // Nobody hangs up in the same moment.
      await give(frames.filter((frame) => !ends(frame)))
      await give(frames.filter(ends))
      frames = framesIn(written.splice(0).join('')).flatMap(answersTo)
    }
  }
}
if (ended !== number) throw new Error(`${number - ended} calls did not end`)
process.send?.(spentUs / calls)
await once(process, 'disconnect')
process.exit(0)

async function give(frames: readonly string[]): Promise<void> {
  if (frames.length === 0) return
  const chunk = Buffer.from(frames.map(framed).join(''))
  const before = process.threadCpuUsage()
  line.emit('data', chunk)
  await turn()
  await turn()
  const { user, system } = process.threadCpuUsage(before)
  spentUs += user + system
}
