import { startGate } from './app.ts'
import { commandLine } from './cli/command-line.ts'
import { configFileVariable, environment } from './config/environment.ts'
import { loadSettings } from './config/load.ts'
import { helpText, usage } from './config/page.ts'
import { runUntilStopped } from './run-until-stopped.ts'

// Entry of `npm run gate` and of the container: one gate with the settings of one file.

const { values } = commandLine(
  { options: { config: { type: 'string' }, help: { type: 'boolean', default: false } } },
  usage,
)
const file = values.config ?? environment()[configFileVariable]

if (values.help) {
  process.stdout.write(helpText())
} else if (file === undefined) {
  process.stderr.write(`Which settings? --config <file> or ${configFileVariable}.\n`)
  process.exitCode = 1
} else {
  await runUntilStopped(async () => {
    const gate = await startGate(loadSettings(file, environment()))
    for (const [name, key] of gate.keys) {
      process.stdout.write(`Key ${name}, minted for this run alone: ${key.reveal()}\n`)
    }
    const where = gate.listening.map((at) => `${at.protocol}/${at.address}:${at.port}`)
    if (gate.apiUrl) process.stdout.write(`The API is at ${gate.apiUrl}/v1/reference\n`)
    process.stdout.write(`Tollgate is ready: ${where.join(' ')}\n`)
    return gate
  })
}
