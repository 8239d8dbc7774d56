import type { SettingRow } from './setting-row.ts'
import * as type from './types.ts'

/** Settings of the verification of callers: who is believed, and how certificates are fetched. */
export const verificationRows = {
  'verification.trustAnchors': {
    env: 'TOLLGATE_VERIFICATION_TRUST_ANCHORS',
    default: undefined,
    type: type.text(1000).optional(),
    help: "PEM file with the CAs that callers' certificates are trusted by: the STI-PA's list. Without it no caller is verified. Read again on SIGHUP, as all files of verification.",
  },
  'verification.certificatePolicies': {
    env: 'TOLLGATE_VERIFICATION_CERTIFICATE_POLICIES',
    // The policies of the United States' SHAKEN that certificates in force are issued under.
    default: ['2.16.840.1.114569.1.1.3', '2.16.840.1.114569.1.1.4'],
    type: type.list(type.objectIdentifier),
    help: 'Certificate policies; a signing certificate needs one of them. An empty list: it needs none.',
  },
  'verification.revocation': {
    env: 'TOLLGATE_VERIFICATION_REVOCATION',
    default: 'listed',
    type: type.oneOf(['off', 'listed', 'required']),
    help: 'Revocation lists: not looked at (`off`); a certificate on one is refused (`listed`); so is one that no current list covers (`required`).',
  },
  'verification.revocationLists': {
    env: 'TOLLGATE_VERIFICATION_REVOCATION_LISTS',
    default: [],
    type: type.list(type.text(1000)),
    help: 'Files with revocation lists, PEM or DER.',
  },
  'verification.revocationIssuers': {
    env: 'TOLLGATE_VERIFICATION_REVOCATION_ISSUERS',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with certificates of who else signs revocation lists, besides the CAs: the STI-PA.',
  },
  'verification.freshnessS': {
    env: 'TOLLGATE_VERIFICATION_FRESHNESS_S',
    default: 60,
    type: type.whole(1, 600),
    help: 'How many seconds before or after now the `iat` of a PASSporT and the Date of its call may be.',
  },
  'verification.divertedAgeMaxS': {
    env: 'TOLLGATE_VERIFICATION_DIVERTED_AGE_MAX_S',
    default: 180,
    type: type.whole(1, 600),
    help: 'How many seconds old the PASSporTs and the Date of a diverted call may be, which has rung elsewhere first.',
  },
  'verification.fetchTimeoutMs': {
    env: 'TOLLGATE_VERIFICATION_FETCH_TIMEOUT_MS',
    default: 2000,
    type: type.whole(100, 10_000),
    help: 'How long fetching a certificate may take in all.',
  },
  'verification.serverCa': {
    env: 'TOLLGATE_VERIFICATION_SERVER_CA',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the CAs that the https servers of certificates are trusted by; without it, those of the web.',
  },
  'verification.allowedHosts': {
    env: 'TOLLGATE_VERIFICATION_ALLOWED_HOSTS',
    default: [],
    type: type.list(type.allowedHost),
    help: 'Lab servers that certificates may be fetched from in spite of their address or port: `cert.lab.test:9443=127.0.0.1`.',
  },
} as const satisfies Record<string, SettingRow>
