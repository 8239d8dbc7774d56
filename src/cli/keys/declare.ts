import { environment } from '../../config/environment.ts'
import { readSettings } from '../../config/load.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import { createDigestAuth } from '../../keys/digest.ts'
import { mintKey } from '../../keys/format.ts'
import { readMasterKey } from '../../keys/master-key.ts'
import { command, exitCodes } from '../command.ts'
import { flag, jsonOption } from '../line/options.ts'
import { show } from '../line/show.ts'

/** `tollgate keys declare`: a fresh key, and what the file of settings must have of it. Stores nothing. */
export const keysDeclare = command({
  options: { test: flag('A test key: its calls are judged and never placed.'), json: jsonOption },
  async run({ values }, terminal) {
    const random = systemRandom()
    const { id, mode, text, secretHash } = mintKey(random, values.test ? 'test' : 'live')
    const key = text.reveal()
    const digest = digestAuth()?.seal(id, key).toString('base64url')
    const hash = `sha256:${secretHash.toString('hex')}`
    const value = { key, declared: { id, mode, secretHash: hash, ...(digest && { digest }) } }
    const lines = [
      `  - id: "${id}"`,
      ...[`mode: ${mode}`, `secretHash: ${hash}`, ...(digest ? [`digest: ${digest}`] : [])]
        .concat(['tenant: ...', 'policy: ...', 'allowedSources: [...]'])
        .map((line) => `    ${line}`),
    ]
    terminal.err('The key, shown this once; whoever has it can make calls:')
    if (!values.json) {
      terminal.out(key)
      terminal.err('For the file of settings, under keys (docs/configuration.md):')
    }
    show(terminal, { json: values.json, value, lines })
    return exitCodes.ok
  },
})

/** With the master key and the realm of the environment, where it has one. */
function digestAuth() {
  const result = readSettings({ text: '', environment: environment() })
  const masterText = result.ok ? result.settings.values['credentials.masterKey'] : undefined
  if (!result.ok || !masterText) return undefined
  const realm = result.settings.values['credentials.realm']
  return createDigestAuth({
    masterKey: readMasterKey(masterText),
    realm,
    algorithms: [],
    clock: systemClock(),
    random: systemRandom(),
  })
}
