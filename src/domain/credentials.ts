/** The ways in which a call can prove its key, in the order in which the settings name them. */
export const credentialKinds = ['header', 'digest', 'token', 'certificate'] as const
export type CredentialKind = (typeof credentialKinds)[number]

/** RFC 8760 2.3: the digest algorithms there are, the one we like best first. */
export const digestAlgorithms = ['SHA-256', 'MD5'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]
