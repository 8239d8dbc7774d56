import { isIPv4 } from 'node:net'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { commandLine } from './command-line.ts'
import { ordinary } from './lines.ts'
import { Pbx } from './pbx.ts'
import type { Address } from './udp-end.ts'

// Entry of `npm run call`: places one real SIP call, as a PBX would, and says what came of it.

const usage = `Usage: npm run call -- <number> --key <key> [--from <number>] [--gate <address:port>]

  <number>   E.164, such as +12125550123, or a SIP URI
  --key      as printed by npm start
  --from     caller ID (${ordinary.from})
  --gate     where the gate takes SIP over UDP (127.0.0.1:5060)
`

const { values, positionals } = commandLine(
  {
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      from: { type: 'string', default: ordinary.from },
      gate: { type: 'string', default: '127.0.0.1:5060' },
    },
  },
  usage,
)
const [number] = positionals
const gate = addressFrom(values.gate)

if (number === undefined || gate === undefined) {
  process.stderr.write(usage)
  process.exitCode = 1
} else {
  process.exitCode = (await placeCall(number, gate)) ? 0 : 1
}

/** Whether it was answered. */
async function placeCall(to: string, address: Address): Promise<boolean> {
  const clock = systemClock()
  await using pbx = await Pbx.open({ clock, random: systemRandom(), gate: address })
  const call = pbx.dial({
    requestUri: to.includes(':') ? to : `sip:${to}@${pbx.gateHostPort}`,
    from: `<sip:${values.from}@pbx.demo>`,
    keys: values.key === undefined ? [] : [values.key],
  })
  say(`calling ${to} ...`)
  process.once('SIGINT', () => {
    call.cancel()
    call.hangUp()
  })
  const { status, phrase, reason, retryAfter, elapsedMs } = await call.final
  const why = reason === '' ? '' : `, reason ${reason} (docs/refusals.md)`
  const again = retryAfter === '' ? '' : `, try again in ${retryAfter} s`
  say(`${status} ${phrase}${why}${again}, after ${elapsedMs.toFixed(1)} ms`)
  if (status !== 200) return false
  say(`hung up by the ${await call.ended}`)
  return true
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}

function addressFrom(text: string): Address | undefined {
  const [address = '', port] = text.split(':')
  return isIPv4(address) && Number(port) > 0 ? { address, port: Number(port) } : undefined
}
