import { environment } from '../../config/environment.ts'
import { readSettings } from '../../config/load.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import { createDigestAuth } from '../../keys/digest.ts'
import { mintKey } from '../../keys/format.ts'
import { readMasterKey } from '../../keys/master-key.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes } from '../command.ts'

const options = { test: { type: 'boolean', default: false } } as const

/** `tollgate keys declare`: a fresh key, and what the file of settings must have of it. Stores nothing. */
export const keysDeclare: Command = {
  usage: 'keys declare [--test]',
  help: 'Make a key for the file of settings and print the lines that belong there.',
  async run(args, terminal) {
    const wanted = { options, count: 0, otherwise: 'no argument belongs here' } as const
    const { values } = readArguments(args, wanted)
    const random = systemRandom()
    const { id, mode, text, secretHash } = mintKey(random, values.test ? 'test' : 'live')
    terminal.err('The key, shown this once; whoever has it can make calls:')
    terminal.out(text.reveal())
    terminal.err('For the file of settings, under keys (docs/configuration.md):')
    terminal.out(`  - id: "${id}"`)
    terminal.out(`    mode: ${mode}`)
    terminal.out(`    secretHash: sha256:${secretHash.toString('hex')}`)
    const digest = digestAuth()?.seal(id, text.reveal())
    if (digest) terminal.out(`    digest: ${digest.toString('base64url')}`)
    for (const line of ['tenant: ...', 'policy: ...', 'allowedSources: [...]']) {
      terminal.out(`    ${line}`)
    }
    return exitCodes.ok
  },
}

/** With the master key and the realm of the environment, where it has one. */
function digestAuth() {
  const result = readSettings({ text: '', environment: environment() })
  const masterText = result.ok ? result.settings.values['credentials.masterKey'] : undefined
  if (!result.ok || !masterText) return undefined
  const realm = result.settings.values['credentials.realm']
  return createDigestAuth({
    masterKey: readMasterKey(masterText),
    ...{ realm, algorithms: [], clock: systemClock(), random: systemRandom() },
  })
}
