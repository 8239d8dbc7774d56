import { startGate } from '../app.ts'
import { runUntilStopped } from '../run-until-stopped.ts'
import { command, exitCodes } from './command.ts'
import { configOption } from './line/common.ts'
import { settingsIn } from './settings-in.ts'

/** `tollgate start`: one gate with the settings of one file, until a signal drains it. */
export const start = command({
  options: { config: configOption },
  withoutJson: 'what a gate has to say goes into its log',
  no: 'the settings cannot be used, or the gate failed',
  async run({ values }, terminal) {
    // Whoever read its output may go away; calls go on.
    terminal.detach?.()
    await runUntilStopped(async () => {
      const readFile = () => settingsIn(values.config)
      const gate = await startGate(readFile(), { readFile })
      for (const [name, key] of gate.keys) {
        terminal.out(`Key ${name}, minted for this run alone: ${key.reveal()}`)
      }
      const where = gate.listening.map((at) => `${at.protocol}/${at.address}:${at.port}`)
      if (gate.apiUrl) terminal.out(`The API is at ${gate.apiUrl}/v1/reference`)
      terminal.out(`Tollgate is ready: ${where.join(' ')}`)
      return gate
    })
    return exitCodes.ok
  },
})
