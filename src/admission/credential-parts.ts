import type { CallTokens } from '../domain/call-token.ts'
import type { CertificateKeys } from '../keys/certificate-keys.ts'
import type { DigestAuth } from '../keys/digest.ts'
import type { Acceptance } from '../keys/presented.ts'

/** Which credentials count, and what it takes to check them; what is undefined is not accepted. */
export interface CredentialParts {
  readonly acceptance: Acceptance
  readonly digest?: DigestAuth | undefined
  readonly tokens?: CallTokens | undefined
  readonly certificates?: CertificateKeys | undefined
}

/** Keys in the header and nothing else. */
export const headerKeysOnly: CredentialParts = { acceptance: { kinds: ['header'], realm: '' } }
