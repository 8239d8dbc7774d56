import { systemRandom } from '../kernel/random.ts'
import { mintKey } from '../keys/format.ts'
import { commandLine } from './command-line.ts'

// Entry of `npm run mint-key`: prints a fresh key, and what the file of settings must have of it.

const { values } = commandLine(
  { options: { test: { type: 'boolean', default: false } } },
  'Usage: npm run mint-key [-- --test]\n',
)
const key = mintKey(systemRandom(), values.test ? 'test' : 'live')

process.stdout.write(`The key, shown this once; whoever has it can make calls:

  ${key.text.reveal()}

For the file of settings, under keys (docs/configuration.md):

  - id: "${key.id}"
    mode: ${key.mode}
    secretHash: sha256:${key.secretHash.toString('hex')}
    tenant: ...
    policy: ...
    allowedSources: [...]
`)
