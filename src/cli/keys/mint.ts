import * as type from '../../config/types.ts'
import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import { type MintedKey, mintKey } from '../../keys/format.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, type Terminal, UsageError } from '../command.ts'
import { recordKey } from './changed.ts'
import { inOffice, type Office, officeOptions, officeUsage } from './office.ts'

const options = {
  ...officeOptions,
  tenant: { type: 'string' },
  policy: { type: 'string' },
  source: { type: 'string', multiple: true, default: [] as string[] },
  certificate: { type: 'string', multiple: true, default: [] as string[] },
  expires: { type: 'string' },
  test: { type: 'boolean', default: false },
} as const

/** `tollgate keys mint`: a fresh key, in force at once on every gate, its text shown this once. */
export const keysMint: Command = {
  recorded: 'whole',
  usage: `keys mint --tenant <id> --policy <id> --source <network>... [--certificate <sha256>...] [--expires <moment>] [--test] ${officeUsage}`,
  help: 'Make a key and show it, once; it works at once on every gate.',
  async run(args, terminal) {
    const wanted = { options, count: 0, otherwise: 'no argument belongs here' } as const
    const { values } = readArguments(args, wanted)
    return inOffice(values.config, async (office) => {
      const terms = termsOf(values, office)
      const minted = mintKey(office.random, terms.mode)
      const { id, secretHash, text } = minted
      const digest = office.digest?.seal(id, text.reveal())
      const key: Key = { id, secretHash, digest, ...terms }
      const added = await office.books.keys.addKey(key)
      if (!added) throw new Failure('store_unavailable', 'the key could not be added')
      await recordKey(terminal, undefined, key)
      tell(terminal, minted, values.json)
      return exitCodes.ok
    })
  },
}

interface Given {
  readonly tenant?: string | undefined
  readonly policy?: string | undefined
  readonly source?: readonly string[] | undefined
  readonly certificate?: readonly string[] | undefined
  readonly expires?: string | undefined
  readonly test?: boolean | undefined
}

type Terms = Omit<Key, 'id' | 'secretHash' | 'digest' | 'previous'>

function termsOf(given: Given, { settings }: Office): Terms {
  const { tenants, policies } = settings.directory
  const tenant = tenants.find(({ id }) => id === given.tenant)
  if (!tenant) throw new UsageError(`--tenant must be one of ${idsOf(tenants)}`)
  const policy = policies.find(({ id }) => id === given.policy)
  if (!policy) throw new UsageError(`--policy must be one of ${idsOf(policies)}`)
  const sources = (given.source ?? []).map((text) => read('source', type.cidr, text))
  if (sources.length === 0) throw new UsageError('--source is needed: networks the key works from')
  const { expires } = given
  return {
    tenantId: tenant.id,
    policyId: policy.id,
    mode: given.test ? 'test' : 'live',
    status: 'active',
    expiresAtMs: expires === undefined ? undefined : read('expires', type.moment, expires),
    allowedSources: sources,
    certificates: (given.certificate ?? []).map((text) =>
      read('certificate', type.fingerprint, text),
    ),
  }
}

interface Reads<Value> {
  safeParse(text: string): {
    readonly success: boolean
    readonly data?: Value
    readonly error?: { readonly issues: readonly { readonly message: string }[] }
  }
}

function read<Value>(option: string, reader: Reads<Value>, text: string): Value {
  const { data, error } = reader.safeParse(text)
  if (data === undefined) throw new UsageError(`--${option} ${error?.issues[0]?.message ?? ''}`)
  return data
}

function idsOf(entries: readonly { readonly id: string }[]): string {
  return entries.length === 0 ? 'none: there is none' : entries.map(({ id }) => id).join(', ')
}

/** Shows a fresh key, this once. */
export function tell(terminal: Terminal, { id, mode, text }: MintedKey, asJson: boolean): void {
  if (asJson) terminal.out(JSON.stringify({ id, mode, key: text.reveal() }))
  else {
    terminal.out(text.reveal())
    terminal.err('This is the key, shown this once; whoever has it can make calls.')
  }
}
