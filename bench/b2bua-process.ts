import { startEngine } from '../src/engine/start.ts'
import { leanSrf } from '../src/sip/lean-srf.ts'
import { connectSrf } from '../test/e2e-engine/srf.ts'

// A back-to-back user agent and nothing else: drachtio-srf's own createB2BUA on the embedded engine.
// Started by b2bua.ts with the port it listens on and the callee's; tells what CPU it has used.

const [sipPort = '', calleePort = '', layers = ''] = process.argv.slice(2)
const secret = 'bench'
const engine = await startEngine({
  listen: [{ protocol: 'udp', address: '127.0.0.1', port: Number(sipPort) }],
  admin: { address: '127.0.0.1', port: 0, secret },
})
const isLean = layers === 'lean'
const srf = await connectSrf(engine.adminPort, secret, isLean ? leanSrf : undefined)
let failed = 0

srf.invite((request, response) => {
  srf
    .createB2BUA(request, response, `sip:callee@127.0.0.1:${calleePort}`)
    .then(({ uas, uac }) => {
      uas.on('destroy', () => void uac.destroy())
      uac.on('destroy', () => void uas.destroy())
    })
    .catch(() => failed++)
})

/** CPU time since the start, microseconds. */
export interface B2buaUsage {
  readonly clientUs: number
  readonly engineUs: number
  readonly processUs: number
  readonly failed: number
}

process.on('message', async (ask) => {
  if (ask === 'close') {
    await engine.close()
    process.exit(0)
  }
  const spent = await engine.cpuUsage()
  const [main, whole] = [process.threadCpuUsage(), process.cpuUsage()]
  const usage: B2buaUsage = {
    clientUs: main.user + main.system,
    engineUs: spent.userUs + spent.systemUs,
    processUs: whole.user + whole.system,
    failed,
  }
  process.send?.(usage)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
