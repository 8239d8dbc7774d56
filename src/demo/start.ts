import { type Gate, startGate } from '../app.ts'
import { environment } from '../config/environment.ts'
import { loadSettings, type Settings } from '../config/load.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { runUntilStopped } from '../run-until-stopped.ts'
import { Simulation } from './simulation.ts'

// Entry of `npm start`: a gate with the demo's settings, and simulated carriers for it to call.

const file = 'config/demo.yaml'
const answerAfterMs = 1500
const hangUpAfterMs = 5000

await runUntilStopped(async () => {
  const settings = loadSettings(file, environment())
  const stack = new AsyncDisposableStack()
  stack.use(
    await Simulation.open({
      clock: systemClock(),
      random: systemRandom(),
      carriers: settings.directory.carriers,
      trunks: settings.directory.trunks,
      anyPort: false,
      answerAfterMs,
      hangUpAfterMs,
    }),
  )
  const gate = stack.use(await startGate(settings))
  process.stdout.write(welcome(gate, settings))
  return {
    drain: () => gate.drain(),
    failed: gate.failed,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
})

function welcome(gate: Gate, { values, directory }: Settings): string {
  const key = gate.keys.get('pbx')?.reveal() ?? ''
  const where = gate.listening.map((at) => `${at.protocol} ${at.address}:${at.port}`).join(', ')
  const udp = gate.listening.find((at) => at.protocol === 'udp')
  const carriers = directory.carriers.flatMap((carrier) =>
    carrier.gateways.map((gateway) => `${carrier.id} ${gateway.host}:${gateway.port}`),
  )
  return `
Tollgate is ready.

  SIP        ${where}
  key        ${key}
             (${values.keyHeader}; minted for this run, calls US and Canada from +12125550100 to 0109)
  carriers   ${carriers.join(', ')} (simulated)
  audit log  ${values['audit.dir']}
  cert       ${gate.certificateUrl}

Place a call, in another terminal:

  npm run call -- +12125550123 --gate ${udp?.address}:${udp?.port} --key ${key}

  ...71 fails over to the second carrier, ...81 finds none, +18769261234 is Jamaica.
  Or point a PBX at it: README.md. \`npm run demo\` shows every refusal. Ctrl-C ends it.

`
}
