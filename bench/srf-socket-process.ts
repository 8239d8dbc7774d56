import { once } from 'node:events'
import { connect } from 'node:net'
import { leanSrf } from '../src/sip/lean-srf.ts'
import { SrfFrames } from '../src/sip/srf-frames.ts'
import { connectSrf } from '../test/e2e-engine/srf.ts'

// createB2BUA of drachtio-srf on its own layers or ours, or what only exchanges the same frames.
// Started by srf-sockets.ts and srf-server.ts with the kind, the engine's port and, where there is a
// callee, its port; tells what CPU it has used.

const [kind = '', port = '', calleePort = ''] = process.argv.slice(2)

if (kind === 'bare') await exchangeFrames()
else await bridgeCalls()

process.on('message', () => {
  const { user, system } = process.threadCpuUsage()
  process.send?.(user + system)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function bridgeCalls(): Promise<void> {
  const srf = await connectSrf(Number(port), 'cymru', kind === 'lean' ? leanSrf : undefined)
  srf.invite((request, response) => {
    const number = request.get('call-id')
    const callee = calleePort ? `callee@127.0.0.1:${calleePort}` : `${number}@127.0.0.1:5080`
    srf
      .createB2BUA(request, response, `sip:${callee}`)
      .then(({ uas, uac }) => {
        uas.on('destroy', () => void uac.destroy())
      })
      // The other side counts a call that fails.
      .catch(() => undefined)
  })
}

async function exchangeFrames(): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const frames = new SrfFrames({
    onFrame: (_, frame) => {
      for (const text of answersFor(frame)) frames.send(socket, text)
    },
  })
  frames.send(socket, 'authenticate|cymru')
  socket.on('data', (chunk: Buffer) => frames.receive(socket, chunk))
}

/** What createB2BUA would send for a frame, the same in length. */
function answersFor(frame: string): readonly string[] {
  if (!frame.startsWith('e1|sip')) return []
  const at = frame.indexOf('\r\n') + 2
  const callAt = frame.indexOf('call-')
  const call = frame.slice(callAt, frame.indexOf('-', callAt + 5))
  if (frame.startsWith('INVITE', at)) return [`sip||\r\nINVITE sip:${call}-a SIP/2.0${small}${sdp}`]
  if (frame.startsWith('SIP/2.0 180', at)) return [`sip|${call}-a|\r\nSIP/2.0 180 Ringing${large}`]
  if (frame.startsWith('SIP/2.0 200', at)) {
    if (!frame.includes('m=audio')) return []
    return [
      `sip||${call}-b\r\nACK sip:127.0.0.1 SIP/2.0${small}`,
      `sip|${call}-a|\r\nSIP/2.0 200 OK${large}${sdp}`,
    ]
  }
  if (!frame.startsWith('BYE', at)) return []
  return [
    `sip|${call}-a|\r\nSIP/2.0 200 OK${large}`,
    `sip||${call}-b\r\nBYE sip:placeholder SIP/2.0${small}`,
  ]
}

const small = '\r\nContent-Length: 0\r\n\r\n'
const large = '\r\nX-Same-Length: '.padEnd(250, 'x')
const sdp =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 10012 RTP/AVP 0 101\r\n' +
  'a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n'
