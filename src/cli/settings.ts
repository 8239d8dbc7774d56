import { settingLines, settingsTold } from '../config/page.ts'
import { command, exitCodes } from './command.ts'
import { jsonOption } from './line/options.ts'
import { show } from './line/show.ts'

/** `tollgate settings`: what the file of a gate and its environment may say. */
export const settings = command({
  options: { json: jsonOption },
  async run({ values }, terminal) {
    show(terminal, { json: values.json, value: settingsTold(), lines: settingLines() })
    return exitCodes.ok
  },
})
