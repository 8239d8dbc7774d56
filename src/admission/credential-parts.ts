import type { CallTokens } from '../domain/call-token.ts'
import type { CertificateKeys } from '../keys/certificate-keys.ts'
import type { DigestAuth } from '../keys/digest.ts'
import type { Acceptance } from '../keys/presented.ts'
import type { TokenUses } from './token-uses.ts'

/** Which credentials count, and what it takes to check them; what is undefined is not accepted. */
export interface CredentialParts {
  readonly acceptance: Acceptance
  readonly digest?: DigestAuth | undefined
  readonly tokens?: CallTokens | undefined
  /** Where the uses of tokens are counted that are good for so many. */
  readonly tokenUses?: TokenUses | undefined
  readonly certificates?: CertificateKeys | undefined
}

/** Keys in the header and nothing else. */
export const headerKeysOnly: CredentialParts = { acceptance: { kinds: ['header'], realm: '' } }
