import * as type from '../../config/types.ts'
import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import { mintKey } from '../../keys/format.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { flag, list, needed, neededList, optional, type Values } from '../line/options.ts'
import { checked, word } from '../line/values.ts'
import { inOffice, type Office } from './office.ts'
import { tellKey } from './show-once.ts'

const options = {
  tenant: needed(word('<id>'), 'The tenant that owns it.'),
  policy: needed(word('<id>'), 'The policy that says what it may do.'),
  source: neededList(
    checked('<network>', type.cidr),
    'A network that it works from, such as 192.0.2.0/24.',
  ),
  certificate: list(
    checked('<sha256>', type.fingerprint),
    'The fingerprint of a client certificate that stands for the key.',
  ),
  expires: optional(checked('<moment>', type.moment), 'Until when it works.'),
  test: flag('A test key: its calls are judged and never placed.'),
  ...officeOptions,
} as const

/** `tollgate keys mint`: a fresh key, in force at once on every gate, its text shown this once. */
export const keysMint = command({
  recorded: 'whole',
  options,
  async run({ values }, terminal) {
    return inOffice(values.config, async (office) => {
      const terms = termsOf(values, office)
      const minted = mintKey(office.random, terms.mode)
      const { id, secretHash, text } = minted
      const digest = office.digest?.seal(id, text.reveal())
      const key: Key = { id, secretHash, digest, ...terms }
      const added = await office.books.keys.addKey(key)
      if (!added) throw new Failure('store_unavailable', 'the key could not be added')
      await tellKey(terminal, {
        minted,
        before: undefined,
        after: key,
        json: values.json,
        takeBack: () => office.books.keys.changeKey(id, { status: 'revoked' }),
        takenBack: `Key ${id} is revoked: nobody has seen it.`,
      })
      return exitCodes.ok
    })
  },
})

type Terms = Omit<Key, 'id' | 'secretHash' | 'digest' | 'previous'>

function termsOf(given: Values<typeof options>, { settings }: Office): Terms {
  const { tenants, policies } = settings.directory
  const tenant = tenants.find(({ id }) => id === given.tenant)
  if (!tenant) throw new UsageError(`--tenant must be one of ${idsOf(tenants)}`)
  const policy = policies.find(({ id }) => id === given.policy)
  if (!policy) throw new UsageError(`--policy must be one of ${idsOf(policies)}`)
  return {
    tenantId: tenant.id,
    policyId: policy.id,
    mode: given.test ? 'test' : 'live',
    status: 'active',
    expiresAtMs: given.expires,
    allowedSources: given.source,
    certificates: given.certificate,
  }
}

function idsOf(entries: readonly { readonly id: string }[]): string {
  return entries.length === 0 ? 'none: there is none' : entries.map(({ id }) => id).join(', ')
}
