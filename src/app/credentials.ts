import type { CredentialParts } from '../admission/credential-parts.ts'
import type { FreshKey } from '../config/directory.ts'
import type { SettingValues } from '../config/settings.ts'
import type { Key } from '../domain/key.ts'
import { createCallTokens } from '../identity/call-tokens.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { CertificateKeys } from '../keys/certificate-keys.ts'
import { createDigestAuth } from '../keys/digest.ts'
import { mintKey } from '../keys/format.ts'
import { type MasterKey, readMasterKey } from '../keys/master-key.ts'
import type { Store } from '../store/port.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly random: Random
}

/** The gate's credentials as the settings want them; what is not accepted is not there. */
export function openCredentials({ values, clock, random }: Around): CredentialParts {
  const kinds = values['credentials.accept']
  const realm = values['credentials.realm']
  const algorithms = values['credentials.digestAlgorithms']
  const masterKey = masterKeyOf(values)
  const isShared = values['store.adapter'] === 'redis'
  const accepts = (kind: (typeof kinds)[number]) => kinds.includes(kind)
  return {
    acceptance: { kinds, realm },
    digest:
      masterKey && accepts('digest')
        ? createDigestAuth({ masterKey, realm, algorithms, isShared, clock, random })
        : undefined,
    tokens:
      masterKey && accepts('token')
        ? createCallTokens({ key: masterKey.derive('token'), clock })
        : undefined,
    certificates: accepts('certificate') ? new CertificateKeys() : undefined,
  }
}

/** A key that is minted for this run, and its text; with a digest password where those count. */
export function mintFresh({ name, ...terms }: FreshKey, random: Random, parts: CredentialParts) {
  const { id, text, secretHash } = mintKey(random, terms.mode)
  const digest = parts.digest?.seal(id, text.reveal())
  const key: Key = { id, secretHash, digest, ...terms }
  return { name, text, key }
}

/** Keeps up which key a client certificate stands for, until the stack is closed. */
export async function learnCertificates(
  { keys }: Pick<Store, 'keys'>,
  { certificates }: CredentialParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  if (!certificates) return
  stack.use(keys.watchKeys((key) => certificates.learn(key)))
  for (const key of await keys.allKeys()) certificates.learn(key)
}

function masterKeyOf(values: SettingValues): MasterKey | undefined {
  const text = values['credentials.masterKey']
  return text && readMasterKey(text)
}
